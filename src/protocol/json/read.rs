//! Reading: RFC 8259 section 2 to 7, to the letter.

use super::{Map, Number, Value};

/// How deep lists and objects may be in one another.
const DEPTH: u8 = 127;

/// The value of a JSON text; `None` where it is none. Of members with one name the last counts.
#[must_use]
pub fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader(text.as_bytes());
    let value = reader.value(DEPTH)?;
    reader.0.is_empty().then_some(value)
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Takes `byte`, if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.0.first() == Some(&byte);
        if is_next {
            self.next();
        }
        is_next
    }

    fn white_space(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    /// A value and the white space around it.
    fn value(&mut self, depth: u8) -> Option<Value> {
        self.white_space();
        let value = match self.0.first()? {
            b'"' => Value::String(self.string()?),
            b'{' => Value::Object(self.object(depth.checked_sub(1)?)?),
            b'[' => Value::Array(self.list(depth.checked_sub(1)?)?),
            b'n' => self.word(b"null", Value::Null)?,
            b't' => self.word(b"true", Value::Bool(true))?,
            b'f' => self.word(b"false", Value::Bool(false))?,
            _ => Value::Number(self.number()?),
        };
        self.white_space();
        Some(value)
    }

    fn word(&mut self, word: &[u8], value: Value) -> Option<Value> {
        self.0 = self.0.strip_prefix(word)?;
        Some(value)
    }

    fn list(&mut self, depth: u8) -> Option<Vec<Value>> {
        let mut items = Vec::new();
        self.next();
        self.white_space();
        if self.take(b']') {
            return Some(items);
        }
        loop {
            items.push(self.value(depth)?);
            match self.next()? {
                b',' => {}
                b']' => return Some(items),
                _ => return None,
            }
        }
    }

    fn object(&mut self, depth: u8) -> Option<Map> {
        let mut members = Map::new();
        self.next();
        self.white_space();
        if self.take(b'}') {
            return Some(members);
        }
        loop {
            self.white_space();
            let name = self.string()?;
            self.white_space();
            self.take(b':').then_some(())?;
            members.insert(name, self.value(depth)?);
            match self.next()? {
                b',' => {}
                b'}' => return Some(members),
                _ => return None,
            }
        }
    }

    fn number(&mut self) -> Option<Number> {
        let from = self.0;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let written = from.get(..from.len() - self.0.len())?;
        String::from_utf8(written.to_vec()).ok().map(Number)
    }

    /// One digit or more.
    fn digits(&mut self) -> Option<()> {
        let before = self.0.len();
        while let [b'0'..=b'9', rest @ ..] = self.0 {
            self.0 = rest;
        }
        (self.0.len() < before).then_some(())
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"').then_some(())?;
        let mut bytes = Vec::new();
        loop {
            match self.next()? {
                b'"' => return String::from_utf8(bytes).ok(),
                b'\\' => {
                    let character = self.escape()?;
                    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..=0x1f => return None,
                byte => bytes.push(byte),
            }
        }
    }

    /// What stands for the escape after a backslash.
    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.code_point(),
            _ => return None,
        })
    }

    /// What stands for `\u` and four digits, or for a pair of them (RFC 8259 section 7).
    fn code_point(&mut self) -> Option<char> {
        let unit = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&unit) {
            return char::from_u32(unit);
        }
        (self.take(b'\\') && self.take(b'u')).then_some(())?;
        let low = self.four_digits()?;
        (0xdc00..0xe000).contains(&low).then_some(())?;
        char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
    }

    fn four_digits(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit << 4 | char::from(self.next()?).to_digit(16)?;
        }
        Some(unit)
    }
}
