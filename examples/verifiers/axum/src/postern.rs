//! Lets in only what Postern's gate has signed (`X-Postern-Assertion`): an extractor for axum.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use tokio::sync::{Mutex, RwLock};

const HOUR: Duration = Duration::from_secs(3_600);
/// Seconds by which the gate's clock may differ from this one.
const LEEWAY: u64 = 5;

/// What the gate says, as an argument of a handler. The state must give a [`Postern`].
#[derive(Clone, Debug, Deserialize)]
pub struct Caller {
    pub sub: String,
    pub client_id: Option<String>,
    pub scope: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

/// Why a request is not let in.
pub enum Refused {
    /// It did not come through the gate.
    No,
    /// The gate's keys can't be had: nobody knows, which is not "no".
    Unsure,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::No => StatusCode::UNAUTHORIZED.into_response(),
            Self::Unsure => (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response(),
        }
    }
}

/// Knows the gate. Its public keys are kept in memory. They are fetched again after an hour, and for a key that is not among
/// them: at most once in `pause`. Through an outage of the gate they count for a day.
#[derive(Clone)]
pub struct Postern(Arc<Inner>);

struct Inner {
    jwks_uri: String,
    pause: Duration,
    expected: Validation,
    client: reqwest::Client,
    known: RwLock<Option<Known>>,
    /// When the keys were last asked for. Held while that goes on: all who wait for them share one question.
    tried: Mutex<Option<Instant>>,
}

struct Known {
    keys: JwkSet,
    fetched: Instant,
}

impl Postern {
    /// `issuer` is the one of `postern.toml`; `audience` is this origin as the route names it: its URL, or the text of
    /// `assertion`.
    pub fn new(issuer: &str, audience: &str, jwks_uri: String, pause: Duration) -> reqwest::Result<Self> {
        let mut expected = Validation::new(Algorithm::ES256);
        expected.leeway = LEEWAY;
        expected.set_issuer(&[issuer]);
        expected.set_audience(&[audience]);
        expected.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let client = reqwest::Client::builder().timeout(Duration::from_secs(3)).build()?;
        let (known, tried) = (RwLock::default(), Mutex::default());
        Ok(Self(Arc::new(Inner { jwks_uri, pause, expected, client, known, tried })))
    }

    async fn verify(&self, assertion: &str) -> Result<Caller, Refused> {
        let header = decode_header(assertion).map_err(|_| Refused::No)?;
        let is_one = header.typ.as_deref() == Some("postern-assertion+jwt") && header.alg == Algorithm::ES256;
        let Some(kid) = header.kid.filter(|_| is_one) else {
            return Err(Refused::No);
        };
        let key = self.key(&kid).await?;
        decode(assertion, &key, &self.0.expected).map(|data| data.claims).map_err(|_| Refused::No)
    }

    async fn key(&self, kid: &str) -> Result<DecodingKey, Refused> {
        if let Some((key, age)) = self.known(kid).await
            && age < HOUR
        {
            return Ok(key);
        }
        let mut tried = self.0.tried.lock().await;
        let mut found = self.known(kid).await;
        if found.as_ref().is_none_or(|(_, age)| *age >= HOUR) {
            let has_some = self.0.known.read().await.is_some();
            if !has_some || tried.is_none_or(|at| at.elapsed() > self.0.pause) {
                let now = Instant::now();
                *tried = Some(now);
                match self.fetch().await {
                    Ok(keys) => *self.0.known.write().await = Some(Known { keys, fetched: now }),
                    Err(error) => eprintln!("the gate's keys can't be had: {error}"),
                }
                found = self.known(kid).await;
            }
        }
        if let Some((key, age)) = found {
            return if age < 24 * HOUR { Ok(key) } else { Err(Refused::Unsure) };
        }
        let fetched = self.0.known.read().await.as_ref().map(|known| known.fetched);
        // "No such key" counts if the last question was answered.
        Err(if fetched.is_some() && fetched == *tried { Refused::No } else { Refused::Unsure })
    }

    /// A key from memory, and how old it is there.
    async fn known(&self, kid: &str) -> Option<(DecodingKey, Duration)> {
        let known = self.0.known.read().await;
        let known = known.as_ref()?;
        let key = DecodingKey::from_jwk(known.keys.find(kid)?).ok()?;
        Some((key, known.fetched.elapsed()))
    }

    async fn fetch(&self) -> reqwest::Result<JwkSet> {
        let answer = self.0.client.get(&self.0.jwks_uri).send().await?;
        answer.error_for_status()?.json().await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Postern: FromRef<S>,
{
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let mut sent = parts.headers.get_all("X-Postern-Assertion").iter();
        let (Some(assertion), None) = (sent.next(), sent.next()) else {
            return Err(Refused::No);
        };
        let assertion = assertion.to_str().map_err(|_| Refused::No)?;
        Postern::from_ref(state).verify(assertion).await
    }
}
