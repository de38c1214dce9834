//! JSON, held to another reader of it.

use postern::protocol::json::{read, write};
use serde_json::Value;

use crate::Outcome;

/// The other reader takes an object with this member for a number.
const MAGIC: &str = "$serde_json::private";

pub fn json(bytes: &[u8]) -> Outcome {
    let read_here = read(bytes);
    let is_magic = |value: &Value| write(value).contains(MAGIC);
    if !read_here.as_ref().is_some_and(is_magic) {
        let other: Option<Value> = serde_json::from_slice(bytes).ok();
        assert_eq!(read_here, other);
    }
    let Some(value) = read_here else {
        return Outcome::Refused;
    };
    assert_eq!(read(write(&value).as_bytes()), Some(value));
    Outcome::Accepted
}

pub fn json_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"a":[1,-2.50,3e-5,true,false,null],"b":{"a":{},"c":[]}}"#,
        r#" [ "\u00e9\ud83d\ude00\n\"\\" , 0 ] "#,
        r#"{"a":1,"a":2}"#,
        "[[[[1]]]]",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
