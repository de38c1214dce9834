//! Plain second opinions, written to be read and not to be fast.

/// What a browser makes of a path (the URL Standard, "path state"): it strips tabs and line breaks, takes `\` for `/`,
/// and resolves dot segments, encoded ones too.
pub fn browser_path(path: &str) -> String {
    let path: String = path
        .chars()
        .filter(|c| !matches!(c, '\t' | '\r' | '\n'))
        .map(|c| if c == '\\' { '/' } else { c })
        .collect();
    let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(&path).split('/').collect();
    let mut resolved: Vec<&str> = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        let is_last = at + 1 == segments.len();
        match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
            ".." => {
                resolved.pop();
                if is_last {
                    resolved.push("");
                }
            }
            "." => {
                if is_last {
                    resolved.push("");
                }
            }
            _ => resolved.push(segment),
        }
    }
    format!("/{}", resolved.join("/"))
}

/// Percent-decoding, once.
pub fn decoded(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let hex = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let bytes = bytes.as_ref();
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let pair = (hex(bytes.get(at + 1)), hex(bytes.get(at + 2)));
        if let (b'%', (Some(high), Some(low))) = (bytes[at], pair) {
            decoded.push(u8::try_from(high * 16 + low).expect("two digits make a byte"));
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    decoded
}

/// Whether a pattern matches a path, tried at every length that a star can take.
pub fn matches(pattern: &[u8], path: &[u8]) -> bool {
    // `from[at]`: whether the pattern, as far as it was read, matches the first `at` bytes.
    let mut from = vec![false; path.len() + 1];
    from[0] = true;
    for byte in pattern {
        let mut next = vec![false; path.len() + 1];
        for at in 0..=path.len() {
            next[at] = if *byte == b'*' {
                from[at] || (at > 0 && next[at - 1])
            } else {
                at > 0 && from[at - 1] && path[at - 1] == *byte
            };
        }
        from = next;
    }
    from[path.len()]
}
