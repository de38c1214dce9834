//! A table of requests, as TOML.
//!
//! ```toml
//! [[test]]
//! request = "GET /private/"
//! as = { sub = "acme:ann", claims = { groups = ["staff"] } }
//! expect = "pass"
//! ```

use postern::explain::{Case, Expect, Expected, Inactive, Question, Site, Standing, Who};
use serde_json::{Map, Value};

use super::who;
use crate::context::Context;
use crate::project::read_toml;

const KEYS: [&str; 19] = [
    "name",
    "request",
    "as",
    "token",
    "from",
    "script",
    "preflight",
    "websocket",
    "ended",
    "outage",
    "address",
    "country",
    "signed_in",
    "headers",
    "expect",
    "route",
    "origin",
    "reason",
    "would",
];

/// Reads the table in a file, or says everything that is wrong with it.
pub fn read(context: &Context<'_>, path: &str, site: &Site<'_>) -> Result<Vec<Case>, Vec<String>> {
    let table = read_toml(context, path).map_err(|error| {
        let place = error
            .place
            .map(|place| format!(":{}:{}", place.line, place.column));
        vec![format!(
            "{}{}: error: {}",
            error.path,
            place.unwrap_or_default(),
            error.message
        )]
    })?;
    let mut problems = Vec::new();
    for key in table.keys().filter(|key| *key != "test") {
        problems.push(format!(
            "{path}: error: `{key}` is no key of it: write `[[test]]` for each request"
        ));
    }
    let tests = table.get("test").and_then(Value::as_array);
    let tests = tests.map(Vec::as_slice).unwrap_or_default();
    if tests.is_empty() {
        problems.push(format!(
            "{path}: error: there is no request in it: write `[[test]]` with `request = \"GET /\"` and `expect = \"pass\"`"
        ));
    }
    let mut cases = Vec::new();
    for (at, test) in tests.iter().enumerate() {
        match test
            .as_object()
            .ok_or_else(|| "must be a table".to_owned())
            .and_then(|table| read_case(table, site))
        {
            Ok(case) => cases.push(case),
            Err(message) => problems.push(format!("{path}: error: test[{at}]{message}")),
        }
    }
    if problems.is_empty() {
        Ok(cases)
    } else {
        Err(problems)
    }
}

fn read_case(case: &Map<String, Value>, site: &Site<'_>) -> Result<Case, String> {
    if let Some(key) = case.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!(
            ".{key}: is no key of a test: its keys are {}",
            KEYS.join(", ")
        ));
    }
    let request = text(case, "request")?
        .ok_or(".request: is missing: write a method and a path, such as `GET /private/`")?;
    let (method, url) = request
        .split_once(' ')
        .filter(|(_, url)| url.starts_with('/') || url.contains("://"))
        .ok_or(".request: is not a method and a path: write it as in `GET /private/`")?;
    let who = sender(case, site)?;
    let mut question = Question::new(method, &site.url(url.trim()), who);
    if flag(case, "script")? {
        question = question.by_a_script();
    }
    if let Some(origin) = text(case, "from")? {
        question = question.from_page_of(origin);
    }
    if flag(case, "websocket")? {
        question = question.websocket();
    }
    if let Some(address) = text(case, "address")? {
        question.set("cf-connecting-ip", address);
    }
    question.country = text(case, "country")?.map(str::to_owned);
    if let Some(seconds) = case.get("signed_in") {
        question.signed_in = seconds.as_u64().ok_or(
            ".signed_in: must be a whole number of seconds: how long ago the person has signed in",
        )?;
    }
    if let Some(headers) = case.get("headers") {
        let headers = headers
            .as_object()
            .ok_or(".headers: must be a table, such as `{ accept = \"text/html\" }`")?;
        for (name, value) in headers {
            let value = value
                .as_str()
                .ok_or_else(|| format!(".headers.{name}: must be text, in quotes"))?;
            question.set(name, value);
        }
    }
    if flag(case, "preflight")? {
        question = question.preflight();
    }
    question.standing = match (flag(case, "ended")?, flag(case, "outage")?) {
        (false, false) => Standing::Good,
        (true, false) => Standing::Ended(Inactive::Revoked),
        (false, true) => Standing::Unknown,
        (true, true) => return Err(": has `ended` and `outage`: write one of the two".to_owned()),
    };
    let expected = Expected {
        outcome: expect(case, "expect")?,
        route: text(case, "route")?.map(str::to_owned),
        origin: text(case, "origin")?.map(str::to_owned),
        reason: text(case, "reason")?.map(str::to_owned),
        would: expect(case, "would")?,
    };
    if expected == Expected::default() {
        return Err(
            ".expect: is missing: write what must come of the request, such as `\"pass\"`, `\"login\"`, `\"refuse\"` or `403`"
                .to_owned(),
        );
    }
    Ok(Case {
        name: text(case, "name")?
            .map_or_else(|| request.to_owned(), |name| format!("{name}: {request}")),
        question,
        expected,
    })
}

/// With both, a token that the person has given to the program.
fn sender(case: &Map<String, Value>, site: &Site<'_>) -> Result<Who, String> {
    let person = case
        .get("as")
        .map(|value| person(value, site))
        .transpose()?;
    let program = case.get("token").map(|token| program(token, site));
    Ok(match (person, program.transpose()?) {
        (Some(person), Some(program)) => who::by_way_of(program, person),
        (one, other) => one.or(other).unwrap_or_default(),
    })
}

fn person(value: &Value, site: &Site<'_>) -> Result<Who, String> {
    match value {
        Value::String(text) if text == "nobody" => Ok(Who::Nobody),
        Value::String(text) if !text.contains('=') => Ok(Who::Person {
            subject: text.clone(),
            claims: Map::new(),
        }),
        Value::String(text) => who::person(text, site.config).map_err(|error| format!(".as: {error}")),
        Value::Object(person) => {
            if let Some(key) = person.keys().find(|key| !["sub", "claims"].contains(&key.as_str())) {
                return Err(format!(".as.{key}: is no key of a person: write it under `claims`"));
            }
            let claims = match person.get("claims") {
                None => Map::new(),
                Some(Value::Object(claims)) => claims.clone(),
                Some(_) => return Err(".as.claims: must be a table".to_owned()),
            };
            Ok(Who::Person {
                subject: text(person, "sub")
                    .map_err(|error| format!(".as{error}"))?
                    .unwrap_or("somebody")
                    .to_owned(),
                claims,
            })
        }
        _ => Err(
            ".as: must be who is logged in: `{ sub = \"ann\", claims = { groups = [\"staff\"] } }`, or `\"ann\"`".to_owned(),
        ),
    }
}

fn program(value: &Value, site: &Site<'_>) -> Result<Who, String> {
    let Value::Object(token) = value else {
        return Err(
            ".token: must be a table, such as `{ client = \"app\", scopes = [\"read\"] }`"
                .to_owned(),
        );
    };
    let keys = ["client", "scopes", "audience"];
    if let Some(key) = token.keys().find(|key| !keys.contains(&key.as_str())) {
        let keys = keys.join(", ");
        return Err(format!(
            ".token.{key}: is no key of a token: its keys are {keys}"
        ));
    }
    let in_token = |error| format!(".token{error}");
    let client = text(token, "client")
        .map_err(in_token)?
        .ok_or(".token.client: is missing: write the id of a client")?;
    let scopes = texts(token, "scopes").map_err(in_token)?;
    let audience = texts(token, "audience").map_err(in_token)?;
    who::program(site.config, client, scopes.as_deref(), audience.as_deref())
        .map_err(|error| format!(".token: {error}"))
}

fn expect(case: &Map<String, Value>, key: &str) -> Result<Option<Expect>, String> {
    let wrong = || {
        Err(format!(
            ".{key}: must be `\"pass\"`, `\"refuse\"`, `\"login\"`, or a status such as `403`"
        ))
    };
    match case.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => match text.as_str() {
            "pass" => Ok(Some(Expect::Pass)),
            "refuse" => Ok(Some(Expect::Refuse)),
            "login" => Ok(Some(Expect::Login)),
            _ => wrong(),
        },
        Some(Value::Number(number)) => {
            let status = number
                .as_u64()
                .and_then(|number| u16::try_from(number).ok());
            match status.filter(|status| (100..600).contains(status)) {
                Some(status) => Ok(Some(Expect::Status(status))),
                None => wrong(),
            }
        }
        Some(_) => wrong(),
    }
}

fn text<'t>(table: &'t Map<String, Value>, key: &str) -> Result<Option<&'t str>, String> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!(".{key}: must be text, in quotes")),
    }
}

/// One text, or a list of them.
fn texts(table: &Map<String, Value>, key: &str) -> Result<Option<Vec<String>>, String> {
    let wrong = || format!(".{key}: must be a list of texts");
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(vec![text.clone()])),
        Some(Value::Array(items)) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            texts
                .collect::<Option<Vec<String>>>()
                .map(Some)
                .ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

fn flag(table: &Map<String, Value>, key: &str) -> Result<bool, String> {
    match table.get(key) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(format!(".{key}: must be `true` or `false`, without quotes")),
    }
}
