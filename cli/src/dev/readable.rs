//! The log of a Worker, for a person who tries it: a line for each request, with who it was, what became of it, and why.
//!
//! What is not the log's own passes as it is: a Worker's own lines, and wrangler's.

use serde_json::Value as Json;

/// How wide the request is written, so that what became of it stands below what became of the one before.
const WIDTH: usize = 34;

/// What is shown of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The line as it is.
    AsItIs,
    /// Something else.
    Instead(String),
    /// Nothing: another line says it.
    Nothing,
}

/// Reads a line that a Worker or wrangler wrote.
#[must_use]
pub fn readable(line: &str) -> Shown {
    // wrangler tells each request too, without who it was.
    if is_request_of_wrangler(line) {
        return Shown::Nothing;
    }
    let Some(event) = event(line) else {
        return Shown::AsItIs;
    };
    match event.get("event").and_then(Json::as_str) {
        Some("request") => request(&event).map_or(Shown::AsItIs, Shown::Instead),
        Some("would_have") => would_have(&event).map_or(Shown::AsItIs, Shown::Instead),
        Some("configuration_refused") => refused(&event).map_or(Shown::AsItIs, Shown::Instead),
        // The line about its request says the same.
        Some("gate_refused") => Shown::Nothing,
        Some(name) => Shown::Instead(other(name, &event)),
        None => Shown::AsItIs,
    }
}

/// An event that is not about one request at the gate: `logged in: subject me, with password`.
fn other(name: &str, event: &Json) -> String {
    let fields = event.as_object().into_iter().flatten();
    let fields =
        fields.filter(|(key, _)| !["time", "event", "session", "ray"].contains(&key.as_str()));
    let fields: Vec<String> = fields
        .map(|(key, value)| match value {
            Json::String(text) => format!("{} {text}", key.replace('_', " ")),
            value => format!("{} {value}", key.replace('_', " ")),
        })
        .collect();
    plain(&format!(
        "{}: {}",
        name.replace('_', " "),
        fields.join(", ")
    ))
}

/// The object in a line, if it is one that Postern wrote. Before what is an error, wrangler writes that it is one.
fn event(line: &str) -> Option<Json> {
    let (before, _) = line.split_once('{')?;
    let is_alone = ["", "[ERROR]", "[WARNING]"].iter().any(|word| match *word {
        "" => before.trim().is_empty(),
        word => before.trim_end().ends_with(word),
    });
    let value: Json = serde_json::from_str(line[before.len()..].trim()).ok()?;
    let is_ours = value.get("time").is_some_and(Json::is_u64)
        && value.get("event").is_some_and(Json::is_string);
    (is_alone && is_ours).then_some(value)
}

/// `[wrangler:info] GET /private/ 303 See Other (12ms)`
fn is_request_of_wrangler(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("[wrangler:info] ") else {
        return false;
    };
    let mut words = rest.split(' ');
    let method = words.next().unwrap_or_default();
    let is_method = !method.is_empty() && method.bytes().all(|c| c.is_ascii_uppercase());
    is_method && words.next().is_some_and(|path| path.starts_with('/')) && rest.ends_with("ms)")
}

fn request(event: &Json) -> Option<String> {
    let what = match text(event, "outcome")? {
        "passed" => match who(event) {
            Some(who) => format!("let in: {who}"),
            None => "public".to_owned(),
        },
        "refused" => format!("{} {}{}", status(event)?, why(event), person(event)),
        "answered" | "endpoint" => format!("{} Postern's own answer", status(event)?),
        _ => return None,
    };
    Some(format!("{} {what}{}", asked(event)?, route(event)))
}

fn would_have(event: &Json) -> Option<String> {
    let what = match text(event, "outcome")? {
        "passed" => "let it pass".to_owned(),
        "refused" => format!("refused it with {}: {}", status(event)?, why(event)),
        _ => "decided what nobody could find out now".to_owned(),
    };
    let was = if text(event, "was")? == "passed" {
        "passed"
    } else {
        "was refused"
    };
    Some(format!(
        "{} {was}; on trial: would have {what}{}{}",
        asked(event)?,
        person(event),
        route(event)
    ))
}

fn refused(event: &Json) -> Option<String> {
    let problems = event.get("problems")?.as_array()?;
    let mut lines = "postern: the configuration is refused, so each request gets 500:".to_owned();
    for problem in problems {
        lines.push_str("\n  ");
        lines.push_str(&plain(problem.as_str()?));
    }
    Some(lines)
}

/// `GET  /private/`, and room behind it.
fn asked(event: &Json) -> Option<String> {
    let request = format!("{} {}", text(event, "method")?, text(event, "path")?);
    Some(format!("{:<WIDTH$}", plain(&request)))
}

fn status(event: &Json) -> Option<u64> {
    event.get("status")?.as_u64()
}

fn route(event: &Json) -> String {
    let route = text(event, "route");
    route.map_or_else(String::new, |route| format!("  (route {})", plain(route)))
}

/// Who was refused, where that is known.
fn person(event: &Json) -> String {
    who(event).map_or_else(String::new, |who| format!(": {who}"))
}

fn who(event: &Json) -> Option<String> {
    let subject = plain(text(event, "subject")?);
    Some(match text(event, "client") {
        // A person's own login is of the client `postern`.
        Some("postern") | None => subject,
        Some(client) if client == subject => format!("the program {subject}"),
        Some(client) => format!("{subject}, by way of {}", plain(client)),
    })
}

/// A reason in words.
fn why(event: &Json) -> String {
    let is_redirect = status(event) == Some(303);
    let words = match text(event, "reason").unwrap_or_default() {
        "no_session" if is_redirect => "to the login: nobody is logged in",
        "no_session" => "nobody is logged in",
        "no_credentials" => "no token and no login",
        "other_scheme" => "an Authorization of another kind than Bearer",
        "no_route" => "no route has this path",
        "method_not_allowed" => "its routes have other methods",
        "denied" => "its route lets nobody in",
        "insufficient_scope" => "the token lacks a scope",
        "wrong_audience" => "the token is for something else",
        "expired" => "expired",
        "revoked" => "revoked, or logged out",
        "malformed" | "forged" | "unknown_key" => "this is no token of this site",
        "no_record" => "nothing is known of this token",
        "token_in_query" => "a token does not belong into the URL",
        "cross_site" => "sent by a page of another site",
        "unavailable" => "a store does not answer",
        "misconfigured" => "the configuration is refused",
        other => return plain(&other.replace('_', " ")),
    };
    match (is_redirect, words.starts_with("to the login")) {
        (true, false) => format!("to the login: {words}"),
        _ => words.to_owned(),
    }
}

fn text<'a>(event: &'a Json, key: &str) -> Option<&'a str> {
    event.get(key)?.as_str()
}

/// Text that cannot move the cursor.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        match readable(line) {
            Shown::AsItIs => "as it is".to_owned(),
            Shown::Nothing => "nothing".to_owned(),
            Shown::Instead(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    #[test]
    fn a_request_is_a_line_for_people() {
        for (said, expected) in [
            (
                r#""route":"/*","outcome":"refused","status":303,"reason":"no_session","method":"GET","path":"/a""#,
                "GET /a 303 to the login: nobody is logged in (route /*)",
            ),
            (
                r#""route":"/*","outcome":"refused","status":303,"reason":"revoked","method":"GET","path":"/a""#,
                "GET /a 303 to the login: revoked, or logged out (route /*)",
            ),
            (
                r#""route":"/*","outcome":"passed","subject":"me","client":"postern","method":"GET","path":"/a""#,
                "GET /a let in: me (route /*)",
            ),
            (
                r#""route":"/*","outcome":"passed","subject":"app","client":"app","method":"GET","path":"/a""#,
                "GET /a let in: the program app (route /*)",
            ),
            (
                r#""route":"/*","outcome":"passed","subject":"me","client":"app","method":"GET","path":"/a""#,
                "GET /a let in: me, by way of app (route /*)",
            ),
            (
                r#""route":"/*","outcome":"refused","status":403,"reason":"insufficient_scope","subject":"app","client":"app","method":"GET","path":"/a""#,
                "GET /a 403 the token lacks a scope: the program app (route /*)",
            ),
            (
                r#""route":null,"outcome":"refused","status":404,"reason":"no_route","method":"GET","path":"/a""#,
                "GET /a 404 no route has this path",
            ),
            (
                r#""route":null,"outcome":"refused","status":400,"reason":"path_dot_segment","method":"GET","path":"/a""#,
                "GET /a 400 path dot segment",
            ),
            (
                r#""route":"/a","outcome":"passed","method":"GET","path":"/a""#,
                "GET /a public (route /a)",
            ),
            (
                r#""route":null,"outcome":"endpoint","status":303,"method":"POST","path":"/_postern/login""#,
                "POST /_postern/login 303 Postern's own answer",
            ),
        ] {
            let line = format!(r#"{{"time":1,"event":"request",{said}}}"#);
            assert_eq!(shown(&line), expected);
        }
        let line = r#"{"time":1,"event":"request","outcome":"answered","status":200,"method":"GET","path":"/\u001b[2J"}"#;
        assert!(!shown(line).contains('\u{1b}'));
    }

    #[test]
    fn what_is_tried_and_what_is_refused() {
        let line = r#"{"time":1,"event":"would_have","route":"/a/*","outcome":"refused","status":403,"reason":"denied","was":"passed","method":"GET","path":"/a/b"}"#;
        let expected = "GET /a/b passed; on trial: would have refused it with 403: its route lets nobody in (route /a/*)";
        assert_eq!(shown(line), expected);
        let line =
            r#"{"time":1,"event":"logged_in","subject":"me","session":"x","with":"password"}"#;
        assert_eq!(shown(line), "logged in: subject me, with password");
        let line = r#"{"time":1,"event":"configuration_refused","problems":["routes: is missing","issuer: no"]}"#;
        let expected = "postern: the configuration is refused, so each request gets 500: routes: is missing issuer: no";
        assert_eq!(shown(line), expected);
        assert_eq!(shown(&format!("X [ERROR] {line}")), expected);
    }

    #[test]
    fn what_others_write_passes_and_nothing_is_said_twice() {
        for line in [
            "hello",
            "{",
            "{}",
            r#"{"event":"request"}"#,
            r#"it said {"time":1,"event":"logged_in"}"#,
            r#"{"time":1,"event":"request","outcome":"new"}"#,
            "[wrangler:info] Ready on http://localhost:8787",
            "",
        ] {
            assert_eq!(shown(line), "as it is", "{line}");
        }
        for line in [
            "[wrangler:info] GET /private/ 303 See Other (12ms)",
            r#"{"time":1,"event":"gate_refused","route":"/*","status":404,"reason":"no_route"}"#,
        ] {
            assert_eq!(shown(line), "nothing", "{line}");
        }
    }
}
