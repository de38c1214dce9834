//! Bytes of a fuzzer, made into what a target needs.

use std::time::Duration;

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

/// The bytes as commands in a row, with the time that passes before each.
///
/// ```text
/// sequence = *( passed(2) length(2) command(length) )     ; passed is in seconds
/// ```
/// The last command may be shorter than its length says.
pub fn sequence(bytes: &[u8]) -> impl Iterator<Item = (Duration, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let ([a, b, high, low], after) = rest.split_first_chunk::<4>()?;
        let passed = u16::from_be_bytes([*a, *b]);
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (command, after) = after.split_at(length.min(after.len()));
        rest = after;
        Some((Duration::from_secs(passed.into()), command))
    })
}

/// The reverse of [`sequence`], with the same time before each command.
pub fn written_sequence(passed: Duration, commands: &[Vec<u8>]) -> Vec<u8> {
    let passed = u16::try_from(passed.as_secs()).expect("it is short");
    let mut written = Vec::new();
    for command in commands {
        written.extend(passed.to_be_bytes());
        written.extend(
            u16::try_from(command.len())
                .expect("it is short")
                .to_be_bytes(),
        );
        written.extend(command);
    }
    written
}
