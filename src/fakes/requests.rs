//! What tests send to endpoints, and what they read from the answers.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};

use crate::protocol::web_url::{encode, encode_one};
use crate::protocol::{Answer, Form};

pub(crate) const CALLBACK: &str = "https://app.example.com/cb";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// What the token endpoint gives.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) scope: String,
    pub(crate) expires_in: u64,
}

impl Tokens {
    #[track_caller]
    pub(crate) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body = json(answer);
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        Self {
            access: text("access_token").unwrap(),
            refresh: text("refresh_token"),
            scope: text("scope").unwrap_or_default(),
            expires_in: body["expires_in"].as_u64().unwrap(),
        }
    }

    pub(crate) fn refresh(&self) -> &str {
        self.refresh.as_deref().expect("it has a refresh token")
    }
}

/// The redirect URI that `client` uses.
fn redirect_uri(client: &str) -> &'static str {
    match client {
        "spa" => "http://127.0.0.1:5100/cb",
        "web" => "https://web.example.com/",
        _ => CALLBACK,
    }
}

/// The form that redeems a code, with these parameters instead or beside; an empty one is left out.
pub(crate) fn redemption<'a>(
    client: &str,
    code: &'a str,
    change: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    changed(
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri(client)),
            ("code_verifier", VERIFIER),
        ],
        change,
    )
}

fn changed<'a>(
    usual: &[(&'a str, &'a str)],
    change: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let is_changed = |name: &str| change.iter().any(|(other, _)| *other == name);
    let usual = usual.iter().filter(|(name, _)| !is_changed(name));
    let change = change.iter().filter(|(_, value)| !value.is_empty());
    usual.chain(change).copied().collect()
}

pub(crate) fn challenge() -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(VERIFIER.as_bytes()))
}

/// The query of an authorization request, with these parameters instead or beside; an empty one is left
/// out.
pub(crate) fn request(client: &str, change: &[(&str, &str)]) -> String {
    let challenge = challenge();
    let usual = [
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", redirect_uri(client)),
        ("state", "st&te"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    encode(&changed(&usual, change))
}

pub(crate) fn authorize(client: &str, change: &[(&str, &str)]) -> String {
    format!("/oauth/authorize?{}", request(client, change))
}

/// Where an answer leads: before the query, and the parameters.
#[track_caller]
pub(crate) fn location(answer: &Answer) -> (String, Form) {
    let location = leads_to(answer).expect("it leads somewhere");
    let (path, query) = location.split_once('?').unwrap_or((&location, ""));
    (path.to_owned(), Form::parse(query.as_bytes()).unwrap())
}

/// Where an answer leads: a redirect, or a page that goes on by itself.
pub(crate) fn leads_to(answer: &Answer) -> Option<String> {
    match answer.header("location") {
        Some(location) => Some(location.to_owned()),
        None => onward(answer),
    }
}

/// Where a page goes on to by itself.
fn onward(page: &Answer) -> Option<String> {
    let refresh = "<meta http-equiv=\"refresh\" content=\"0; url=";
    let (_, rest) = page.body.split_once(refresh)?;
    let url = rest.split('"').next()?;
    Some(url.replace("&amp;", "&").replace("&quot;", "\""))
}

/// The value of a hidden field.
#[track_caller]
pub(crate) fn hidden(page: &Answer, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let (_, rest) = page
        .body
        .split_once(&start)
        .unwrap_or_else(|| panic!("no {name} in {}", page.body));
    let value = rest.split('"').next().unwrap();
    value.replace("&amp;", "&").replace("&quot;", "\"")
}

pub(crate) fn json(answer: &Answer) -> serde_json::Value {
    serde_json::from_str(&answer.body).unwrap()
}

/// Where a login leads back to.
pub(crate) fn login_for(target: &str) -> String {
    format!(
        "/_postern/login?return_to={}",
        encode_one(target).replace("%2F", "/")
    )
}

/// An error as RFC 6749 section 5.2 writes it.
#[track_caller]
pub(crate) fn assert_error(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(json(answer)["error"], code);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("retry-after").is_some(), status == 503);
}

/// A page, and nothing that leads anywhere or lets anyone in.
#[track_caller]
pub(crate) fn assert_page(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert_eq!(answer.header("location"), None);
    assert!(!answer.body.contains("pst_"));
    assert!(!has_session_cookie(answer));
    let tells_when = matches!(status, 429 | 503);
    assert_eq!(answer.header("retry-after").is_some(), tells_when);
}

/// Whether an answer gives or takes the session's cookie.
pub(crate) fn has_session_cookie(answer: &Answer) -> bool {
    let mut headers = answer.headers.iter();
    headers.any(|(n, v)| *n == "set-cookie" && v.starts_with("__Host-postern-session="))
}
