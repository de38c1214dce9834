//! JSON: one way in and one way out, because `serde_json` compiles its whole reader for each kind of
//! source, and its whole writer for each kind of target.

use serde::Serialize;
use serde_json::Value;

/// The value of a JSON text; `None` where it is not JSON.
#[must_use]
pub fn read(json: &[u8]) -> Option<Value> {
    serde_json::from_slice(json).ok()
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
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&write(name));
        self.0.push(':');
        self.0.push_str(&write(value));
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
}
