//! Writing: without white space, and with no more escapes than RFC 8259 section 7 asks for.

use super::{Map, Value};

/// An object, written member by member. Each name is to be used once.
#[derive(Debug)]
pub struct Object(String);

impl Default for Object {
    fn default() -> Self {
        Self::new()
    }
}

impl Object {
    /// An object without members.
    #[must_use]
    pub fn new() -> Self {
        Self("{".to_owned())
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_text(&mut self.0, name);
        self.0.push(':');
    }

    /// Writes a member that is a text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        push_text(&mut self.0, text);
    }

    /// Writes a member that is a text, unless it is empty.
    pub fn text_if_any(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.text(name, text);
        }
    }

    /// Writes a member that is a number.
    pub fn number(&mut self, name: &str, number: u64) {
        self.name(name);
        self.0.push_str(&number.to_string());
    }

    /// Writes a member that is a list of texts.
    pub fn texts<S: AsRef<str>>(&mut self, name: &str, texts: &[S]) {
        self.name(name);
        self.0.push('[');
        for (at, text) in texts.iter().enumerate() {
            if at > 0 {
                self.0.push(',');
            }
            push_text(&mut self.0, text.as_ref());
        }
        self.0.push(']');
    }

    /// Writes a member that is a list of texts, unless that is empty.
    pub fn texts_if_any<S: AsRef<str>>(&mut self, name: &str, texts: &[S]) {
        if !texts.is_empty() {
            self.texts(name, texts);
        }
    }

    /// Writes a member.
    pub fn value(&mut self, name: &str, value: &Value) {
        self.name(name);
        push(&mut self.0, value);
    }

    /// Writes a member that is an object.
    pub fn map(&mut self, name: &str, map: &Map) {
        self.name(name);
        push_map(&mut self.0, map);
    }

    /// The text of the object.
    #[must_use]
    pub fn finish(self) -> String {
        let mut text = self.0;
        text.push('}');
        text
    }
}

impl Map {
    /// The text of the object with these members.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        push_map(&mut text, self);
        text
    }
}

fn push(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&number.0),
        Value::String(text) => push_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                push(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => push_map(out, map),
    }
}

fn push_map(out: &mut String, map: &Map) {
    out.push('{');
    for (at, (name, value)) in map.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push_text(out, name);
        out.push(':');
        push(out, value);
    }
    out.push('}');
}

fn push_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        let short = match character {
            '"' => '"',
            '\\' => '\\',
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\0'..='\x1f' => {
                let code = u32::from(character);
                out.push_str("\\u00");
                out.extend([code >> 4, code & 15].map(|d| char::from_digit(d, 16).unwrap_or('0')));
                continue;
            }
            _ => {
                out.push(character);
                continue;
            }
        };
        out.push('\\');
        out.push(short);
    }
    out.push('"');
}
