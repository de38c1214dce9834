//! The claims that a provider gives only at its `UserInfo` endpoint (OpenID Connect Core section 5.3).
//!
//! It is asked once, during the login, if the configuration says so. `sub` must be the one of the ID token (section
//! 5.3.2). What the ID token says itself stands, and so does everything about the token, the login and its times: only
//! the ID token can say that. A signed answer is not read.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::metadata::Metadata;
use super::refusal::LoginRefusal;
use crate::config::Provider;
use crate::jose::{Failure, Verified, ask, read_body, unavailable};
use crate::ports::{Http, HttpRequest, JSON};
use crate::secret::Secret;

/// What only the ID token can say.
const ONLY_ID_TOKEN: [&str; 15] = [
    "iss",
    "aud",
    "sub",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "azp",
    "auth_time",
    "acr",
    "amr",
    "sid",
    "tid",
    "events",
];

/// How long an access token may be, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;

fn refused<T>(why: impl Into<String>) -> Result<T, Failure<LoginRefusal>> {
    Err(Failure::Refused(LoginRefusal::UserInfo(why.into())))
}

/// Asks for the claims of the person of `token`, and adds those that it does not have.
pub(super) async fn add<P: Http>(
    provider: &Provider,
    metadata: &Metadata,
    access_token: Option<&Secret<String>>,
    token: &mut Verified,
    ports: &P,
) -> Result<(), Failure<LoginRefusal>> {
    let Some(endpoint) = &metadata.userinfo_endpoint else {
        return refused("the provider's metadata has no userinfo_endpoint");
    };
    // Exposed to the provider that it is from.
    let access_token = access_token.map(|token| token.expose().as_str());
    let is_bearer = |token: &&str| {
        (1..=LONGEST_TOKEN).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic())
    };
    let Some(access_token) = access_token.filter(is_bearer) else {
        return refused("the token response has no access_token with token_type Bearer");
    };
    let bearer = Zeroizing::new(format!("Bearer {access_token}"));
    let request = HttpRequest {
        url: endpoint.as_str().to_owned(),
        form: None,
        authorization: Some(Secret::new(bearer.to_string())),
        accept: JSON,
    };
    let response = ask(provider.id.as_str(), &request, "UserInfo", ports).await?;
    match response.status {
        200 => {}
        status @ (400..=407 | 409..=424 | 426..=428 | 430..=499) => {
            return refused(format!("status {status}"));
        }
        status => {
            return Err(
                unavailable(provider.id.as_str(), &format!("UserInfo: status {status}")).into(),
            );
        }
    }
    // Exposed to be read: they are claims about a person, and become part of what the ID token says.
    let body = response.body.expose();
    let Some(Value::Object(more)) = read_body(body) else {
        return refused(if is_jwt(body) {
            "the answer is signed or encrypted (a JWT): have the provider answer this application with plain JSON"
        } else {
            "the answer is not a JSON object"
        });
    };
    let own = token.claim("sub").and_then(Value::as_str);
    if own.is_none() || more.get("sub").and_then(Value::as_str) != own {
        return refused("sub is not the one of the ID token");
    }
    merge(&mut token.claims, &more);
    Ok(())
}

fn is_jwt(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.';
    body.split(|b| *b == b'.').count() > 2 && body.iter().all(|b| fits(*b))
}

/// Adds what is not there. An address and whether it is verified belong together, so they come from one place.
fn merge(claims: &mut Map<String, Value>, more: &Map<String, Value>) {
    let text = |claims: &Map<String, Value>, name: &str| {
        let text = claims.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let is_there = |claims: &Map<String, Value>, name: &str| {
        claims
            .get(name)
            .is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
    };
    let has_address = is_there(claims, "email");
    let is_other_address = has_address && text(claims, "email") != text(more, "email");
    if !has_address && claims.contains_key("email_verified") {
        claims.insert("email_verified".to_owned(), Value::Null);
    }
    for (name, value) in more {
        let is_left_out = ONLY_ID_TOKEN.contains(&name.as_str())
            || is_there(claims, name)
            || (is_other_address && name == "email_verified");
        if !is_left_out {
            claims.insert(name.clone(), value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_id_token_says_stands() {
        for (own, more, expected) in [
            (
                json!({ "a": 1 }),
                json!({ "a": 2, "b": 3 }),
                json!({ "a": 1, "b": 3 }),
            ),
            (
                json!({ "a": null, "b": "" }),
                json!({ "a": 2, "b": 3 }),
                json!({ "a": 2, "b": 3 }),
            ),
            (
                json!({}),
                json!({ "sid": "x", "auth_time": 1, "nonce": "n", "amr": ["otp"], "tid": "t", "exp": 9 }),
                json!({}),
            ),
            // An address that the ID token has is not verified by what is said of another one.
            (
                json!({ "email": "a@x" }),
                json!({ "email": "b@x", "email_verified": true }),
                json!({ "email": "a@x" }),
            ),
            (
                json!({ "email": "a@x" }),
                json!({ "email": "a@x", "email_verified": true }),
                json!({ "email": "a@x", "email_verified": true }),
            ),
            (
                json!({ "email": "a@x" }),
                json!({ "email_verified": true }),
                json!({ "email": "a@x" }),
            ),
            (
                json!({ "email": "a@x", "email_verified": false }),
                json!({ "email": "a@x", "email_verified": true }),
                json!({ "email": "a@x", "email_verified": false }),
            ),
            (
                json!({ "email_verified": true }),
                json!({ "email": "b@x" }),
                json!({ "email": "b@x", "email_verified": null }),
            ),
            (
                json!({ "email_verified": true }),
                json!({ "email": "b@x", "email_verified": false }),
                json!({ "email": "b@x", "email_verified": false }),
            ),
        ] {
            let map = |value: &Value| value.as_object().unwrap().clone();
            let mut claims = map(&own);
            merge(&mut claims, &map(&more));
            assert_eq!(Value::Object(claims), expected, "{own} {more}");
        }
    }

    #[test]
    fn what_a_signed_answer_looks_like() {
        assert!(is_jwt(b"eyJhbGciOiJSUzI1NiJ9.e30.c2ln\n"));
        assert!(is_jwt(b"a.b.c.d.e"));
        for other in ["", "<html>", "{}", "a.b", "a b.c.d"] {
            assert!(!is_jwt(other.as_bytes()), "{other}");
        }
    }
}
