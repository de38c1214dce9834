//! Logging in with another provider: Postern as a relying party.
//!
//! Job: OpenID Connect Core 1.0 section 3.1 (the code flow) with PKCE and RFC 9207, Discovery 1.0,
//! Back-Channel Logout 1.0 and the URL of RP-Initiated Logout 1.0; and from an ID token to a person,
//! or to the reason why not. Not its job: sessions, cookies and pages; `people` has those. Signatures
//! are checked by the platform, through [`crate::ports::Signatures`]; every claim is checked here.
//!
//! A provider that does not answer, or answers with something else than it should, is unavailable and
//! never a "no".

pub mod discovery;
pub mod id_token;
pub mod jwt;
pub mod keys;
pub mod login;
pub mod logout;
pub mod state;

mod cached;
mod claims;
mod person;

#[cfg(test)]
mod tests;

use std::cell::RefCell;

use serde_json::Value;

use crate::config::Provider;
use crate::ports::{Dependency, HTTP_BODY_LIMIT, Http, HttpRequest, Unavailable};
use crate::protocol::{ClientId, WebUrl, json};

pub use id_token::IdTokenRefusal;
pub use jwt::JwtRefusal;
pub use login::{Ask, CALLBACK_PATH, LoginRefusal, Prompt};
pub use logout::{LogoutOf, LogoutRefusal};
pub use person::Person;
pub use state::LoginState;

use cached::Cached;
use discovery::Metadata;
use keys::{Asked, KeySet};

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure<R> {
    /// The answer is no.
    Refused(R),
    /// It could not be found out.
    Unavailable(Unavailable),
}

impl<R> From<Unavailable> for Failure<R> {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl<R> Failure<R> {
    fn map<S>(self, refused: impl FnOnce(R) -> S) -> Failure<S> {
        match self {
            Self::Refused(reason) => Failure::Refused(refused(reason)),
            Self::Unavailable(unavailable) => Failure::Unavailable(unavailable),
        }
    }
}

/// What an isolate knows of the providers: their metadata and keys, plain values with an age.
#[derive(Debug, Default)]
pub struct Providers(RefCell<Vec<Known>>);

/// What is known of one provider.
#[derive(Debug)]
struct Known {
    id: ClientId,
    metadata: Option<Cached<Metadata>>,
    keys: Option<Cached<KeySet>>,
    /// When its keys were last asked for, and what came of it.
    asked: Option<Asked>,
}

impl Providers {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at what is known of `provider`, or changes it. Nobody may wait in there.
    fn with<T>(&self, provider: &Provider, look: impl FnOnce(&mut Known) -> T) -> T {
        let mut all = self.0.borrow_mut();
        if let Some(known) = all.iter_mut().find(|known| known.id == provider.id) {
            return look(known);
        }
        let mut known = Known {
            id: provider.id.clone(),
            metadata: None,
            keys: None,
            asked: None,
        };
        let result = look(&mut known);
        all.push(known);
        result
    }
}

/// Why `provider` is of no use at the moment. `cause` is ours and holds nothing that it sent.
fn unavailable(provider: &Provider, cause: &str) -> Unavailable {
    Unavailable::new(Dependency::Provider, format!("{}: {cause}", provider.id))
}

/// The JSON at `url`, and how long it may be kept, in seconds. `what` names it for the log.
async fn get<P: Http>(
    provider: &Provider,
    url: &str,
    what: &str,
    ports: &P,
) -> Result<(Value, Option<u64>), Unavailable> {
    let request = HttpRequest {
        url: url.to_owned(),
        form: None,
        authorization: None,
    };
    let response = ports.send(&request).await?;
    if response.status != 200 {
        let cause = format!("{what}: status {}", response.status);
        return Err(unavailable(provider, &cause));
    }
    // Public documents both: there is no token in them.
    let value = read_body(response.body.expose());
    let value = value.ok_or_else(|| unavailable(provider, &format!("{what} is no JSON")))?;
    Ok((value, response.max_age))
}

/// The JSON of a body that is not too large.
fn read_body(body: &[u8]) -> Option<Value> {
    (body.len() <= HTTP_BODY_LIMIT)
        .then(|| json::read(body))
        .flatten()
}

/// The URL under `name`, which is `https` unless the provider itself is on the loopback interface.
fn endpoint(provider: &Provider, document: &Value, name: &str) -> Option<WebUrl> {
    let url: WebUrl = document.get(name)?.as_str()?.parse().ok()?;
    (url.is_https() || !provider.issuer.is_https()).then_some(url)
}
