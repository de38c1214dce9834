use proptest::prelude::*;

use super::*;

/// The same value as the library has it.
fn theirs(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => serde_json::from_str(&number.0).unwrap(),
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(theirs).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| (name.to_owned(), theirs(value)))
            .collect(),
    }
}

fn written(value: &Value) -> String {
    let mut object = Object::new();
    object.value("", value);
    let text = object.finish();
    text["{\"\":".len()..text.len() - 1].to_owned()
}

#[track_caller]
fn assert_agrees(text: &str) {
    let ours = parse(text);
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(expected) => {
            let ours = ours.expect(text);
            assert_eq!(theirs(&ours), expected, "{text}");
            assert_eq!(ours.as_u64(), expected.as_u64(), "{text}");
            assert_eq!(ours.as_str(), expected.as_str(), "{text}");
            assert_eq!(parse(&written(&ours)), Some(ours), "{text}");
        }
        // They refuse numbers that are too large for a float; here a number is a text.
        Err(error) if error.to_string().starts_with("number out of range") => {}
        Err(_) => assert_eq!(ours, None, "{text}"),
    }
}

#[test]
fn reads_what_the_library_reads_and_nothing_else() {
    for text in [
        "",
        " ",
        "null",
        "nul",
        "nulls",
        " true ",
        "false\n",
        "True",
        "[]",
        "[ ]",
        "[1]",
        "[1,]",
        "[,]",
        "[1 2]",
        "[",
        "]",
        "{}",
        "{ }",
        "{",
        "{\"a\":1}",
        "{\"a\" : 1 , \"b\" : [ {} ] }",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"b\":1,\"a\":2,\"b\":3}",
        "1 2",
        "\u{feff}1",
        "\u{a0}1",
        "// 1",
        "'a'",
        "\"",
        "\"a",
        "\"a\"b",
    ] {
        assert_agrees(text);
    }
    for number in [
        "0",
        "-0",
        "00",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1.5",
        "1e5",
        "1E+5",
        "1e-5",
        "1e",
        "1e+",
        "--1",
        "18446744073709551615",
        "18446744073709551616",
        "0x1",
        "1_0",
        "NaN",
        "Infinity",
        "-1",
        "1.0",
    ] {
        assert_agrees(number);
    }
    for string in [
        "\\\"",
        "\\\\",
        "\\/",
        "\\b\\f\\n\\r\\t",
        "\\a",
        "\\u0041",
        "\\u00e9",
        "\\uD83D\\uDE00",
        "\\ud83d",
        "\\ude00",
        "\\ud83d\\u0041",
        "\\ud83dx",
        "\\u12",
        "\\u+123",
        "\\u0000",
        "\u{0}",
        "\n",
        "\t",
        "\u{7f}",
        "é😀",
    ] {
        assert_agrees(&format!("\"{string}\""));
    }
}

#[test]
fn as_deep_as_the_library_and_no_deeper() {
    for depth in [1, 126, 127, 128, 129, 100_000] {
        assert_agrees(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
        assert_agrees(&format!(
            "{}1{}",
            "{\"a\":".repeat(depth),
            "}".repeat(depth)
        ));
    }
}

#[test]
fn an_object_is_written_member_by_member() {
    let mut object = Object::new();
    object.text("a", "1\"\\\n\u{1}\u{1f}\u{7f}é");
    object.text_if_any("b", "");
    object.number("c", u64::MAX);
    object.texts("d", &["x", "y"]);
    object.texts_if_any::<&str>("e", &[]);
    object.value("f", &Value::Null);
    object.map("g", &Map::new());
    assert_eq!(
        object.finish(),
        "{\"a\":\"1\\\"\\\\\\n\\u0001\\u001f\u{7f}é\",\"c\":18446744073709551615,\"d\":[\"x\",\"y\"],\
         \"f\":null,\"g\":{}}"
    );
    assert_eq!(Object::new().finish(), "{}");
}

proptest! {
    #[test]
    fn agrees_with_the_library(text in "([\\[\\]{},:\" \\\\]|\"[ab]\"|[-+.eE019]|null|true|\\\\u[dD][89c-f]00){0,12}") {
        assert_agrees(&text);
    }

    #[test]
    fn any_text_is_written_as_the_library_writes_it(text: String) {
        prop_assert_eq!(
            written(&Value::String(text.clone())),
            serde_json::to_string(&text).unwrap()
        );
        assert_agrees(&serde_json::to_string(&text).unwrap());
    }
}
