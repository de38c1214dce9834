//! JSON: one way in and one way out, because `serde_json` compiles its whole reader for each kind of
//! source, and its whole writer for each kind of target.

use serde::Serialize;
use serde_json::Value;

use super::sorted::Sorted;

/// The value of a JSON text; `None` where it is not JSON.
#[must_use]
pub fn read(json: &[u8]) -> Option<Value> {
    serde_json::from_slice(json).ok()
}

/// The same; `None` also where an object in it, however deep, has two members of one name. Readers differ in which of the
/// two counts (RFC 8259 section 4), so what somebody else has checked may be the other one.
#[must_use]
pub fn read_unique(json: &[u8]) -> Option<Value> {
    read(json).filter(|_| !repeats_a_member(json))
}

/// Whether an object in this text, which is JSON, has two members of one name.
fn repeats_a_member(json: &[u8]) -> bool {
    // For each object that is open, the names so far; `None` for a list.
    let mut open: Vec<Option<Vec<String>>> = Vec::new();
    let mut is_name = false;
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        let begin = at;
        at += 1;
        match byte {
            b'{' => open.push(Some(Vec::new())),
            b'[' => open.push(None),
            b'}' | b']' => {
                let names = open.pop().flatten().unwrap_or_default();
                let names = names.iter().map(|name| (name.as_str(), 0)).collect();
                let names = Sorted::new(names);
                if names.all().windows(2).any(|pair| pair[0] == pair[1]) {
                    return true;
                }
            }
            b'"' => {
                while let Some(byte) = json.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                at += 1;
                if let (true, Some(Some(names))) = (is_name, open.last_mut())
                    && let Some(Value::String(name)) = json.get(begin..at).and_then(read)
                {
                    names.push(name);
                }
            }
            _ => {}
        }
        // A name follows the beginning of an object, or a comma in one.
        is_name = match byte {
            b'{' | b',' => true,
            _ => is_name && byte.is_ascii_whitespace(),
        };
    }
    false
}

/// An object that is written member by member, in their order.
pub struct ObjectWriter(String);

impl ObjectWriter {
    /// One without members.
    #[must_use]
    pub fn new() -> Self {
        Self(String::with_capacity(512))
    }

    /// Writes a member. No name may be written twice.
    pub fn put(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        self.put_json(name, &write(value));
    }

    /// Writes a member whose value is this JSON.
    pub fn put_json(&mut self, name: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&write(name));
        self.0.push(':');
        self.0.push_str(json);
    }

    /// The text.
    #[must_use]
    pub fn end(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}

impl Default for ObjectWriter {
    fn default() -> Self {
        Self::new()
    }
}

/// The JSON text of a value.
#[must_use]
pub fn write(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value)
        .unwrap_or_else(|_| unreachable!("texts, numbers, lists and maps by text always serialize"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_written_member_by_member() {
        assert_eq!(ObjectWriter::new().end(), "{}");
        let mut object = ObjectWriter::default();
        object.put("a\"b", "c\n");
        object.put("n", &1_u64);
        object.put("l", &["x"]);
        assert_eq!(object.end(), r#"{"a\"b":"c\n","n":1,"l":["x"]}"#);
    }

    #[test]
    fn a_member_that_is_there_twice_is_found_however_deep_and_however_it_is_written() {
        for twice in [
            r#"{"active":false,"active":true}"#,
            r#"{ "a" : 1 , "b" : {} , "a" : 1 }"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":[{"y":{"aud":1,"aud":1}}]}"#,
            r#"{"":1,"":2}"#,
            r#"{"a\"":1,"a\"":2}"#,
            "{\"a\":1,\n\t\"a\":2}",
            r#"[{"a":1},{"a":1,"a":1}]"#,
        ] {
            assert!(read(twice.as_bytes()).is_some(), "{twice}");
            assert_eq!(read_unique(twice.as_bytes()), None, "{twice}");
        }
        for once in [
            r#"{"a":"a","b":["a","a",{"a":"a"}],"c":{"a":{"a":1}}}"#,
            r#"{"a":"\"a\":1,","b":"{\"a\":1,\"a\":1}"}"#,
            r#"["a","a"]"#,
            r#""a""#,
            "1",
            "{}",
            "[]",
        ] {
            assert_eq!(
                read_unique(once.as_bytes()),
                read(once.as_bytes()),
                "{once}"
            );
            assert!(read_unique(once.as_bytes()).is_some(), "{once}");
        }
        assert_eq!(read_unique(b"{"), None);
    }
}
