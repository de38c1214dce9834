//! A path that is taken as it was sent (`paths = "as-sent"`): everything that a server may read in it.
//!
//! Job: all readings of a path with an encoded `/`, `?` or `#`, with `;`, or with `//`. A server may decode it or not; it
//! may cut parameters off the segments (RFC 3986 section 3.3), take an encoded `?` or `#` for the end of the path, and
//! make one slash of several. The gate lets the path through only if all of them lead to the same routes. Refused here as
//! everywhere: dot segments in any reading, backslashes, control characters, double encodings, and what is not UTF-8.

use super::path::{Ambiguous, decode_all, has_dot_segment};

/// The readings of a raw path, each once, the raw one first.
///
/// # Errors
/// What is refused however it is read.
pub fn readings(raw: &str) -> Result<Vec<String>, Ambiguous> {
    let decoded = decode_all(raw)?;
    let mut all: Vec<String> = Vec::with_capacity(4);
    for path in [raw, &decoded] {
        for is_cut in [false, true] {
            for has_end in [false, true] {
                for is_merged in [false, true] {
                    let reading = reading(path, is_cut, has_end, is_merged);
                    if has_dot_segment(&reading) {
                        return Err(Ambiguous::DotSegment);
                    }
                    if !all.contains(&reading) {
                        all.push(reading);
                    }
                }
            }
        }
    }
    Ok(all)
}

/// One reading: without parameters, without what follows `?` or `#`, and with no slash after a slash.
fn reading(path: &str, is_cut: bool, has_end: bool, is_merged: bool) -> String {
    let end = path.find(['?', '#']).filter(|_| has_end);
    let path = &path[..end.unwrap_or(path.len())];
    let mut reading = String::with_capacity(path.len());
    for (at, segment) in path.split('/').enumerate() {
        let parameters = segment.find(';').filter(|_| is_cut);
        let segment = &segment[..parameters.unwrap_or(segment.len())];
        if at > 0 && !(is_merged && reading.ends_with('/')) {
            reading.push('/');
        }
        reading.push_str(segment);
    }
    reading
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_read_a_path() {
        for (raw, expected) in [
            ("/@scope%2fpkg", &["/@scope%2fpkg", "/@scope/pkg"][..]),
            (
                "/proxy/https://a.example/b",
                &["/proxy/https://a.example/b", "/proxy/https:/a.example/b"],
            ),
            ("/a;b=c/d", &["/a;b=c/d", "/a/d"]),
            ("/C%23", &["/C%23", "/C#", "/C"]),
            ("/a/;b/c", &["/a/;b/c", "/a//c", "/a/c"]),
            (
                "/a%2F%2Fb%3Fc",
                &["/a%2F%2Fb%3Fc", "/a//b?c", "/a/b?c", "/a//b", "/a/b"],
            ),
        ] {
            let found = readings(raw).unwrap();
            assert_eq!(found, expected, "{raw}");
        }
    }

    #[test]
    fn what_is_refused_everywhere_is_refused_here() {
        for (raw, ambiguous) in [
            ("/a%2F..%2Fb", Ambiguous::DotSegment),
            ("/a/%2e%2e%2fb", Ambiguous::DotSegment),
            ("/a/..;x/b", Ambiguous::DotSegment),
            ("/a/..%3Bx/b", Ambiguous::DotSegment),
            ("/a/..%3Fx", Ambiguous::DotSegment),
            ("/a/..%23x", Ambiguous::DotSegment),
            ("/a/..%20;/b", Ambiguous::DotSegment),
            ("/a%5Cb", Ambiguous::Backslash),
            ("/a%2F%252e%252e/b", Ambiguous::DoubleEncoding),
            ("/a%2Fb%00", Ambiguous::Control),
            ("/a%2Fb%C2%85", Ambiguous::Control),
            ("/a%2Fb%ff", Ambiguous::NotUtf8),
            ("/a%2Fb%2", Ambiguous::BadEscape),
            ("/a%2Fb#c", Ambiguous::Delimiter),
        ] {
            assert_eq!(readings(raw), Err(ambiguous), "{raw}");
        }
    }
}
