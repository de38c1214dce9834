//! Reads JSON texts (RFC 8259).
//!
//! ```text
//! value  = "null" / "true" / "false" / string / number / "[" [ value *( "," value ) ] "]" / "{" [ member *( "," member ) ] "}"
//! member = string ":" value
//! string = %x22 *( %x20-21 / %x23-5B / %x5D-10FFFF / "\" escape ) %x22
//! escape = %x22 / "\" / "/" / "b" / "f" / "n" / "r" / "t" / "u" 4HEXDIG
//! number = [ "-" ] ( "0" / %x31-39 *DIGIT ) [ "." 1*DIGIT ] [ ( "e" / "E" ) [ "+" / "-" ] 1*DIGIT ]
//! ```
//! with space, tab, CR and LF between any two of these.
//!
//! `serde_json` reads the same, and tests hold both to each other. Its reader can fill any type, and a Worker that needs only
//! values pays for that with eight kilobytes, floating-point numbers in words for messages that nobody sees among them.

use serde_json::{Map, Number, Value};

/// How deep lists and objects may be in each other. What sends more wants the stack to end.
const DEEPEST: usize = 127;

/// The value of a JSON text; `None` where it is not one.
pub fn read(json: &[u8]) -> Option<Value> {
    let mut reader = Reader {
        text: std::str::from_utf8(json).ok()?,
        at: 0,
    };
    let value = reader.value(DEEPEST)?;
    reader.blank();
    (reader.at == json.len()).then_some(value)
}

struct Reader<'a> {
    text: &'a str,
    /// The byte that is read next. It begins a character.
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Reads this byte, if it is the next one.
    fn takes(&mut self, byte: u8) -> bool {
        let is_it = self.peek() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.blank();
        match self.peek()? {
            b'"' => self.string().map(Value::String),
            b'[' => self.list(depth.checked_sub(1)?),
            b'{' => self.object(depth.checked_sub(1)?),
            b'n' => self.word("null", Value::Null),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        let is_it = self.text[self.at..].starts_with(word);
        self.at += word.len();
        is_it.then_some(value)
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        self.blank();
        if self.takes(b']') {
            return Some(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            self.blank();
            if self.takes(b']') {
                return Some(Value::Array(items));
            }
            if !self.takes(b',') {
                return None;
            }
        }
    }

    /// Of two members with the same name, the last one counts.
    fn object(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut members = Map::new();
        self.blank();
        if self.takes(b'}') {
            return Some(Value::Object(members));
        }
        loop {
            self.blank();
            if self.peek() != Some(b'"') {
                return None;
            }
            let name = self.string()?;
            self.blank();
            if !self.takes(b':') {
                return None;
            }
            let value = self.value(depth)?;
            members.insert(name, value);
            self.blank();
            if self.takes(b'}') {
                return Some(Value::Object(members));
            }
            if !self.takes(b',') {
                return None;
            }
        }
    }

    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let begin = self.at;
            while !matches!(self.peek()?, b'"' | b'\\' | ..0x20) {
                self.at += 1;
            }
            string.push_str(&self.text[begin..self.at]);
            if self.takes(b'"') {
                return Some(string);
            }
            if !self.takes(b'\\') {
                return None;
            }
            string.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Option<char> {
        let escape = self.peek()?;
        self.at += 1;
        Some(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return None,
        })
    }

    /// A character beyond 16 bits is two escapes, and neither half stands alone.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hexadecimal()?;
        if !matches!(first, 0xd800..=0xdbff) {
            return char::from_u32(first);
        }
        if !(self.takes(b'\\') && self.takes(b'u')) {
            return None;
        }
        let second = self.hexadecimal()?.checked_sub(0xdc00)?;
        let is_half = second < 0x400;
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + second).filter(|_| is_half)
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let mut number = 0;
        for _ in 0..4 {
            number = number << 4 | char::from(self.peek()?).to_digit(16)?;
            self.at += 1;
        }
        Some(number)
    }

    /// Numbers stay as they are written, except that an exponent always has its sign.
    fn number(&mut self) -> Option<Value> {
        let begin = self.at;
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        let mut number = self.text[begin..self.at].to_owned();
        if self.takes(b'e') || self.takes(b'E') {
            let is_negative = self.takes(b'-');
            if !is_negative {
                self.takes(b'+');
            }
            number.push_str(if is_negative { "e-" } else { "e+" });
            let begin = self.at;
            self.digits()?;
            number.push_str(&self.text[begin..self.at]);
        }
        Some(Value::Number(Number::from_string_unchecked(number)))
    }

    /// One digit at least.
    fn digits(&mut self) -> Option<()> {
        let begin = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > begin).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn other(json: &[u8]) -> Option<Value> {
        serde_json::from_slice(json).ok()
    }

    const TEXTS: &[&str] = &[
        "",
        " ",
        "null",
        " true\t",
        "\r\nfalse ",
        "nul",
        "nullx",
        "tru",
        "True",
        "\u{feff}1",
        "1 2",
        "[]",
        "[ ]",
        "[1]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,2",
        "]",
        "{}",
        "{ }",
        "{\"a\":1}",
        "{\"a\" : 1 , \"b\":[]}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,\"a\":2}",
        "{1:2}",
        "\"",
        "\"a",
        "\"\"",
        "\"é😀\"",
        "\"\t\"",
        "\"\u{7f}\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\x\"",
        "\"\\",
        "\"\\u0041\"",
        "\"\\u004\"",
        "\"\\u00e9\"",
        "\"\\u00E9\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\ude00\"",
        "\"\\ud83d\\u0041\"",
        "\"\\ud83dx\"",
        "\"\\ud83d\\n\"",
        "\"\\u+041\"",
        "\"\\u0000\"",
        "0",
        "-0",
        "-",
        "01",
        "-01",
        "1.",
        ".1",
        "1.0",
        "1.50",
        "-1.5e3",
        "1e5",
        "1E+5",
        "1e-05",
        "1e",
        "1e+",
        "+1",
        "0x1",
        "1_0",
        "Infinity",
        "NaN",
        "123456789012345678901234567890",
        "0.1e400",
        "1e5x",
        "--1",
        "1-",
        "'a'",
        "// a\n1",
        "1 // a",
        "{\"a\":1}}",
    ];

    #[test]
    fn what_is_json_and_what_is_not() {
        let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let mixed = |depth: usize| format!("{}1{}", "[{\"a\":".repeat(depth), "}]".repeat(depth));
        for text in TEXTS {
            assert_eq!(read(text.as_bytes()), other(text.as_bytes()), "{text:?}");
        }
        for depth in [1, 63, 64, 126, 127, 128, 200, 10_000] {
            for text in [deep(depth), mixed(depth)] {
                assert_eq!(read(text.as_bytes()), other(text.as_bytes()), "{depth}");
            }
        }
        for bytes in [
            &b"\"\xff\""[..],
            b"\xff",
            b"[\"\xc3\xa9\"]",
            b"\"\xed\xa0\x80\"",
            b"\"\xc3\"",
            b"1\0",
        ] {
            assert_eq!(read(bytes), other(bytes), "{bytes:?}");
        }
    }

    /// The other reader takes this for the number 1.
    #[test]
    fn no_name_of_a_member_means_anything() {
        let text = br#"{"$serde_json::private::Number":"1"}"#;
        assert!(read(text).unwrap().is_object());
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            let members = prop::collection::vec((any::<String>(), inner.clone()), 0..6);
            prop_oneof![
                prop::collection::vec(inner, 0..6).prop_map(Value::Array),
                members.prop_map(|all| Value::Object(all.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_is_written(value in value()) {
            for text in [serde_json::to_string(&value).unwrap(), serde_json::to_string_pretty(&value).unwrap()] {
                prop_assert_eq!(read(text.as_bytes()), other(text.as_bytes()));
            }
        }

        /// Texts that are JSON, or nearly.
        #[test]
        fn agrees_with_the_other_reader(parts in prop::collection::vec(
            "[\\[\\]{}:,\" ]|\"a\"|\"a\":|\\\\u|\\\\ud83d|\\\\ude00|[0-9.eE+-]{1,3}|null|true|\\PC|\n", 0..14)) {
            let text = parts.concat();
            prop_assert_eq!(read(text.as_bytes()), other(text.as_bytes()), "{}", text);
        }

        #[test]
        fn one_byte_changed(value in value(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = serde_json::to_vec(&value).unwrap();
            *at.get_mut(&mut bytes) = byte;
            prop_assert_eq!(read(&bytes), other(&bytes));
        }
    }
}
