//! Answers and outcomes as JSON, which is how Node and the Wasm speak.

use serde_json::{Value, json};

use crate::host::{Entry, Kind};
use crate::step::{Answer, Outcome, Print, Reply, Request, Response, Step};

/// The words of the command line: a list of texts.
#[must_use]
pub fn read_arguments(json: &str) -> Option<Vec<String>> {
    let value: Value = serde_json::from_str(json).ok()?;
    let words = value.as_array()?.iter();
    words.map(|word| word.as_str().map(str::to_owned)).collect()
}

/// `[{ "line": "yes" }, { "noLine": "why" }, { "replies": [...] }]`
#[must_use]
pub fn read_answers(json: &str) -> Option<Vec<Answer>> {
    let value: Value = serde_json::from_str(json).ok()?;
    value.as_array()?.iter().map(answer).collect()
}

fn answer(value: &Value) -> Option<Answer> {
    if let Some(line) = text(value, "line") {
        return Some(Answer::Line(line));
    }
    if let Some(why) = text(value, "noLine") {
        return Some(Answer::NoLine(why));
    }
    let replies = value.get("replies")?.as_array()?;
    let replies: Option<Vec<Reply>> = replies.iter().map(reply).collect();
    replies.map(Answer::Replies)
}

/// `{ "failed": "why" }`, or `{ "status": 200, "headers": [["date", "..."]], "body": "", "at": 0 }`
fn reply(value: &Value) -> Option<Reply> {
    if let Some(why) = text(value, "failed") {
        return Some(Err(why));
    }
    let headers = value.get("headers")?.as_array()?.iter();
    let header = |pair: &Value| {
        let [name, value] = pair.as_array()?.as_slice() else {
            return None;
        };
        Some((name.as_str()?.to_owned(), value.as_str()?.to_owned()))
    };
    Some(Ok(Response {
        status: u16::try_from(value.get("status")?.as_u64()?).ok()?,
        headers: headers.map(header).collect::<Option<_>>()?,
        body: text(value, "body")?,
        at: value.get("at")?.as_u64()?,
    }))
}

/// `[{ "name": "a", "kind": "file", "size": 1 }]`
#[must_use]
pub fn read_entries(json: &str) -> Option<Vec<Entry>> {
    let value: Value = serde_json::from_str(json).ok()?;
    let entry = |value: &Value| {
        Some(Entry {
            name: text(value, "name")?,
            kind: match value.get("kind")?.as_str()? {
                "file" => Kind::File,
                "folder" => Kind::Folder,
                _ => Kind::Other,
            },
            size: value.get("size")?.as_u64()?,
        })
    };
    value.as_array()?.iter().map(entry).collect()
}

/// `{ "printed": [{ "out": "..." }, { "err": "..." }], "ask": { "prompt": "", "hidden": false } }`, or `"fetch"`, or `"done"`.
#[must_use]
pub fn write_outcome(outcome: &Outcome) -> String {
    let printed = outcome.printed.iter().map(|print| match print {
        Print::Out(text) => json!({ "out": text }),
        Print::Err(text) => json!({ "err": text }),
    });
    let mut value = json!({ "printed": printed.collect::<Vec<_>>() });
    match &outcome.step {
        Step::Ask(question) => {
            value["ask"] = json!({ "prompt": question.prompt, "hidden": question.hidden });
        }
        Step::Fetch(requests) => value["fetch"] = requests.iter().map(request).collect(),
        Step::Serve(serve) => {
            value["serve"] = json!({
                "package": serve.package,
                "program": serve.program,
                "arguments": serve.arguments,
                "notice": serve.notice,
                "install": serve.install,
            });
        }
        Step::Done(code) => value["done"] = json!(code),
    }
    value.to_string()
}

fn request(request: &Request) -> Value {
    json!({
        "method": request.method,
        "url": request.url,
        "headers": request.headers,
        "body": request.body,
    })
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::Question;

    #[test]
    fn answers() {
        let json = r#"[{ "line": "a" }, { "noLine": "b" }, { "replies": [{ "failed": "c" },
            { "status": 200, "headers": [["date", "d"]], "body": "e", "at": 5 }] }]"#;
        let response = Response {
            status: 200,
            headers: vec![("date".to_owned(), "d".to_owned())],
            body: "e".to_owned(),
            at: 5,
        };
        let expected = [
            Answer::Line("a".to_owned()),
            Answer::NoLine("b".to_owned()),
            Answer::Replies(vec![Err("c".to_owned()), Ok(response)]),
        ];
        assert!(read_answers(json).is_some_and(|answers| answers == expected));
        for bad in [
            "",
            "{}",
            "[{}]",
            r#"[{ "replies": [{ "status": 70000 }] }]"#,
        ] {
            assert!(read_answers(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn outcomes() {
        let write = |step| {
            let printed = vec![Print::Out("a\n".to_owned()), Print::Err("b\n".to_owned())];
            write_outcome(&Outcome { printed, step })
        };
        let printed = r#""printed":[{"out":"a\n"},{"err":"b\n"}]"#;
        assert_eq!(write(Step::Done(1)), format!(r#"{{"done":1,{printed}}}"#));
        let question = Question {
            prompt: "?".to_owned(),
            hidden: true,
        };
        let expected = format!(r#"{{"ask":{{"hidden":true,"prompt":"?"}},{printed}}}"#);
        assert_eq!(write(Step::Ask(question)), expected);
        let found = write(Step::Fetch(vec![Request::get("https://a.example")]));
        let request = r#"[{"body":null,"headers":[],"method":"GET","url":"https://a.example"}]"#;
        assert_eq!(found, format!(r#"{{"fetch":{request},{printed}}}"#));
    }
}
