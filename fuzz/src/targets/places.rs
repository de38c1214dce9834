//! Paths: the gate, the origin and the browser take each for the same place.

use std::cell::LazyCell;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use postern::browser::ReturnTo;
use postern::gate::forward::origin_url;
use postern::gate::path::{normalise, origin, split};
use postern::gate::{Admission, Credential, Policy, RequestHead};
use postern::protocol::{Answer, Sender, form};

use super::configuration;
use crate::Outcome;
use crate::input::text;
use crate::reference::{browser_path, decoded};

/// What has to be encoded in a path for it to be read as it is.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// What holds for a path that the gate takes for `path`.
fn check_taken(raw: &str, path: &str) {
    assert_eq!(path.as_bytes(), decoded(raw), "{raw:?} is not {path:?}");
    assert_eq!(
        browser_path(raw),
        raw,
        "a browser takes {raw:?} for another path"
    );
    assert!(
        !path.contains("//") && !path.contains(['\\', ';', '?', '#']),
        "{path:?}"
    );
    assert!(!path.chars().any(char::is_control), "{path:?}");
    assert!(
        !path.split('/').any(|segment| matches!(segment, "." | "..")),
        "{path:?}"
    );
    assert_eq!(
        decoded(path),
        path.as_bytes(),
        "{path:?} can be decoded again"
    );
    // Reading the path again, as it would be written, gives the same path.
    let written = utf8_percent_encode(path, ENCODED).to_string();
    assert_eq!(normalise(&written).as_deref(), Ok(path));
    assert_eq!(raw.matches('/').count(), path.matches('/').count());
}

pub fn path(bytes: &[u8]) -> Outcome {
    let raw = text(bytes);
    let taken = normalise(&raw);
    if let Ok(path) = &taken {
        check_taken(&raw, path);
    }
    // What is sent on is what was received, byte for byte, and the parts of a URL make up the whole.
    for query in ["", "?", "?a=b&c=%2F../"] {
        let url = format!("https://gate.example{raw}{query}");
        if taken.is_ok() {
            assert_eq!(
                origin_url("https://origin.example", &url),
                format!("https://origin.example{raw}{query}")
            );
            assert_eq!(split(&url).0, raw);
            assert_eq!(origin(&url), "https://gate.example");
        }
    }
    let (path, query) = split(&raw);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    assert!(path.is_empty() || raw.ends_with(&format!("{path}{query}")));
    Outcome::of(taken.is_ok())
}

pub fn path_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "/",
        "/orders/7",
        "/caf%C3%A9/%20a",
        "/public/../admin",
        "/public%2F..%2Fadmin",
        "/%2e%2E/admin",
        "/a/%252e",
        "/a//b",
        "/a\\b",
        "/a;b",
        "/a%00",
        "/%25zz",
        "/.../x",
        "/a/. /b",
        "/%c2%85",
        "https://gate.example/a?b",
        "//evil.example/",
        "/a?b",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

pub fn return_to(bytes: &[u8]) -> Outcome {
    let written = text(bytes);
    let Ok(place) = written.parse::<ReturnTo>() else {
        return Outcome::Refused;
    };
    assert_eq!(place.as_str(), written);
    let (path, query) = match written.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (written.as_str(), None),
    };
    assert_eq!(ReturnTo::of(path, query).as_ref(), Ok(&place));
    assert!(
        written.bytes().all(|b| b.is_ascii_graphic()),
        "{written:?} does not fit in a header"
    );
    // Neither a browser nor a server that decodes the path first leaves the site.
    assert_eq!(
        browser_path(path),
        path,
        "a browser takes {path:?} for another path"
    );
    let decoded_path = String::from_utf8_lossy(&decoded(path)).into_owned();
    for read in [path, &decoded_path] {
        assert!(
            read.starts_with('/') && !read.starts_with("//") && !read.contains('\\'),
            "{read:?}"
        );
    }
    // It comes back from the login page as it was sent there.
    let login = place.login();
    let parameter = login
        .strip_prefix("/_postern/login?return_to=")
        .expect("it is the login page");
    assert_eq!(
        form::decode(parameter.as_bytes()).as_deref(),
        Ok(written.as_str())
    );
    Outcome::Accepted
}

pub fn return_to_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "/",
        "/orders?a=b%26c#",
        "/orders?a=/\\",
        "//evil.example",
        "/%2F/evil.example",
        "/_postern/sessions",
        "/_POSTERN/logout",
        "/%5fpostern/login",
        "/a/./b",
        "/a/",
        "/caf%C3%A9",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

/// A request, as text: `METHOD target`, then a header a line.
struct Head {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
}

impl Head {
    fn read(bytes: &[u8]) -> Self {
        let text = text(bytes);
        let mut lines = text.lines();
        let (method, target) = lines
            .next()
            .and_then(|line| line.split_once(' '))
            .unwrap_or_default();
        let headers = lines.filter_map(|line| line.split_once(':'));
        Self {
            method: method.to_owned(),
            url: format!("https://auth.example.com{target}"),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim_ascii().to_owned()))
                .collect(),
        }
    }
}

impl Sender for Head {
    fn header(&self, name: &'static str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    fn place(&self) -> Option<String> {
        None
    }
}

impl RequestHead for Head {
    fn country(&self) -> Option<String> {
        None
    }

    fn method(&self) -> &str {
        &self.method
    }
}

/// An answer of the gate is one answer: nothing that was sent ends one of its headers.
fn check_answer(answer: &Answer) {
    assert!((200..600).contains(&answer.status));
    for (name, value) in &answer.headers {
        assert!(!value.contains(['\r', '\n', '\0']), "{name}: {value:?}");
    }
}

thread_local! {
    // Made once: what a policy says in its challenges stays in memory for good.
    static POLICY: LazyCell<Policy> = LazyCell::new(|| Policy::new(&configuration::example()));
}

pub fn admit(bytes: &[u8]) -> Outcome {
    POLICY.with(|policy| admit_by(policy, &Head::read(bytes)))
}

fn admit_by(policy: &Policy, head: &Head) -> Outcome {
    let raw = split(&head.url).0;
    let seen = String::from_utf8_lossy(&decoded(browser_path(raw))).into_owned();
    let is_below = |folder: &str| seen.starts_with(folder);
    match policy.admit(head, &head.url) {
        Admission::Refused { refusal, .. } => {
            check_answer(&refusal.answer);
            Outcome::Refused
        }
        Admission::Answered(answer) => {
            assert_eq!(head.method, "OPTIONS");
            check_answer(&answer);
            Outcome::Accepted
        }
        Admission::Forward(_) => {
            assert!(
                is_below("/public/"),
                "{} {raw} goes on and is not public",
                head.method
            );
            Outcome::Accepted
        }
        Admission::ForwardPreflight(_) => {
            assert!(
                head.method == "OPTIONS" && is_below("/api/pass/"),
                "{raw} goes on as a preflight"
            );
            Outcome::Accepted
        }
        Admission::Authenticate {
            route,
            credential,
            token,
        } => {
            assert!(
                !is_below("/denied/") && !is_below("/public/"),
                "{raw} asks for a token"
            );
            assert!(
                route.pattern.matches(&seen),
                "{raw} is decided about as {}",
                route.pattern
            );
            let token = token.expose();
            let header = |name| head.header(name).unwrap_or_default();
            match credential {
                Credential::Token => assert!(header("authorization").ends_with(token.as_str())),
                Credential::Ticket { .. } => {
                    assert!(header("cookie").contains(token.as_str()));
                    assert!(head.header("authorization").is_none() || is_below("/me/"));
                    // A page of another site may only look.
                    let harmless = matches!(head.method.as_str(), "GET" | "HEAD" | "OPTIONS")
                        && head.header("upgrade").is_none();
                    let own = head.header("origin").map_or_else(
                        || header("sec-fetch-site") == "same-origin",
                        |origin| origin == "https://auth.example.com",
                    );
                    assert!(
                        harmless || own,
                        "a ticket counts in a request of another site"
                    );
                }
            }
            Outcome::Accepted
        }
    }
}

pub fn admit_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "GET /public/a?b=c",
        "GET /public/../api/a",
        "GET /api/a\nAuthorization: Bearer pst_at_x",
        "GET /api/a?access_token=x\nAuthorization: Bearer y",
        "POST /any/a\nCookie: __Host-postern-session=pst_st_x\nOrigin: https://auth.example.com",
        "POST /me/a\nCookie: __Host-postern-session=pst_st_x\nOrigin: https://evil.example",
        "GET /me/a\nAccept: text/html\nSec-Fetch-Mode: navigate",
        "GET /me/a\nCookie: __Host-postern-session=pst_st_x\nUpgrade: websocket",
        "OPTIONS /api/pass/a\nOrigin: https://app.example.com\nAccess-Control-Request-Method: PUT",
        "OPTIONS /api/answer/a\nOrigin: https://app.example.com\nAccess-Control-Request-Method: PUT\nAccess-Control-Request-Headers: x-a, *",
        "DELETE /denied/a",
        "GET /elsewhere",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}
