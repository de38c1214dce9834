//! Bytes of a fuzzer, made into what a target needs.

/// The bytes as text, with a sign in place of what is not UTF-8.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The bytes as `N` parts, with line feeds between them. A part that is missing is empty; the last one has the rest.
pub fn parts<const N: usize>(bytes: &[u8]) -> [&[u8]; N] {
    let mut parts = bytes.splitn(N, |byte| *byte == b'\n');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// The reverse of [`parts`].
pub fn joined(parts: &[&str]) -> Vec<u8> {
    parts.join("\n").into_bytes()
}

/// `genuine` with a part of it overwritten. The first two bytes say where, the third how much is cut off at the end,
/// and the others are written over it.
pub fn patched(genuine: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut patched = genuine.to_vec();
    let Some(([high, low, cut], with)) = bytes.split_first_chunk::<3>() else {
        return patched;
    };
    // Most changes are to a small part, so only high values cut.
    patched.truncate(patched.len() - usize::from(cut.saturating_sub(192)).min(patched.len()));
    let at = usize::from(u16::from_be_bytes([*high, *low])) % (patched.len() + 1);
    let end = (at + with.len()).min(patched.len());
    patched[at..end].copy_from_slice(&with[..end - at]);
    patched.extend_from_slice(&with[end - at..]);
    patched
}
