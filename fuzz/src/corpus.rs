//! The inputs that fuzzing found, as text: one file for each target, one input a line.
//!
//! ```text
//! corpus = *( input LF )
//! input  = *( %x20-7E except "\" / "\t" / "\r" / "\n" / "\\" / "\'" / "\"" / "\x" 2HEXDIG )
//! ```
//! That is what [`u8::escape_ascii`] writes, so a change to a corpus can be read in a diff.

use std::path::PathBuf;

/// How large a corpus may be, in bytes of its file.
pub const LARGEST: usize = 6 * 1024;

/// The file of the target `name`.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("corpora")
        .join(format!("{name}.txt"))
}

/// The inputs in the text of a corpus.
///
/// # Errors
/// The number of a line that is not an input.
pub fn read(text: &str) -> Result<Vec<Vec<u8>>, usize> {
    let lines = text.lines().enumerate();
    lines
        .map(|(at, line)| unescape(line.as_bytes()).ok_or(at + 1))
        .collect()
}

/// The text of a corpus of these inputs, the shortest first, as many as there is room for.
#[must_use]
pub fn write(mut inputs: Vec<Vec<u8>>) -> String {
    inputs.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    inputs.dedup();
    let mut text = String::new();
    for input in inputs {
        let line = input.escape_ascii().to_string();
        if text.len() + line.len() >= LARGEST {
            break;
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn unescape(mut line: &[u8]) -> Option<Vec<u8>> {
    let mut input = Vec::with_capacity(line.len());
    while let Some((byte, rest)) = line.split_first() {
        line = rest;
        if *byte != b'\\' {
            input.push(*byte);
            continue;
        }
        let (kind, rest) = line.split_first()?;
        line = rest;
        input.push(match kind {
            b't' => b'\t',
            b'r' => b'\r',
            b'n' => b'\n',
            b'\\' | b'\'' | b'"' => *kind,
            b'x' => {
                let (digits, rest) = line.split_at_checked(2)?;
                line = rest;
                u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?
            }
            _ => return None,
        });
    }
    Some(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let all: Vec<u8> = (0..=255).collect();
        let inputs = vec![Vec::new(), b"a\nb\\\"'".to_vec(), all];
        assert_eq!(read(&write(inputs.clone())), Ok(inputs));
    }

    #[test]
    fn what_is_no_input_is_named_by_its_line() {
        for bad in ["\\", "\\q", "\\x", "\\x0", "\\xzz"] {
            assert_eq!(read(&format!("good\n{bad}\n")), Err(2), "{bad}");
        }
    }

    #[test]
    fn the_shortest_stay() {
        let text = write(vec![
            vec![b'b'; LARGEST],
            b"c".to_vec(),
            b"a".to_vec(),
            b"a".to_vec(),
        ]);
        assert_eq!(text, "a\nc\n");
    }
}
