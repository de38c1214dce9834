//! The ports on Workers: KV, the Durable Objects, the clock, randomness and the log.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use js_sys::{Array, ArrayBuffer, Object, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::host::{self, Context};
use super::task;
use crate::ports::{
    Clock, Coordinator, Dependency, Events, HTTP_BODY_LIMIT, Http, HttpRequest, HttpResponse,
    Limiter, ListStore, Randomness, RecordStore, RevocationLog, SignatureAlgorithm, Signatures,
    Unavailable, Waits, Wake,
};
use crate::revocation::{Delta, Entry, Position};
use crate::secret::Secret;
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SealedRecord};
use crate::telemetry::{self, Event};
use crate::time::Time;
use crate::token::SessionId;

/// How long a point of presence may keep what it read from KV, in seconds. Records never change, and
/// a deleted one is in the revocation log for an hour; a miss is kept as long, but a token's
/// coordinator is asked for ten minutes.
const KV_CACHE_TTL: u32 = 300;

/// The outside, as one request or one Durable Object reaches it.
pub struct Outside {
    env: Object,
    /// Of the request, where it is one.
    context: Option<Context>,
    /// How long to wait for a store, in milliseconds.
    timeout: u32,
}

impl Outside {
    /// The outside through these bindings.
    #[must_use]
    pub const fn new(env: Object, context: Option<Context>, timeout: u32) -> Self {
        Self {
            env,
            context,
            timeout,
        }
    }

    async fn ask_log(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, Unavailable> {
        let body = Uint8Array::from(body);
        let asked = host::ask_log(&self.env, path, &body, self.timeout);
        if let Some(context) = &self.context {
            // Others of this isolate may be waiting for it: see `resolve::asking`.
            host::shelter(context, &asked);
        }
        let bytes = answer(Dependency::RevocationLog, asked).await?;
        Ok(bytes_of(&bytes).unwrap_or_default())
    }
}

/// What a dependency answers.
async fn answer(dependency: Dependency, promise: Promise) -> Result<JsValue, Unavailable> {
    task::wait(promise)
        .await
        .map_err(|error| unavailable(dependency, &error))
}

/// The bytes of an `ArrayBuffer`; `None` for anything else.
#[must_use]
pub fn bytes_of(value: &JsValue) -> Option<Vec<u8>> {
    let buffer = value.dyn_ref::<ArrayBuffer>()?;
    Some(Uint8Array::new(buffer).to_vec())
}

/// The message of an exception. Our own requests hold no token but a digest, so neither do these.
fn unavailable(dependency: Dependency, error: &JsValue) -> Unavailable {
    let cause = error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()))
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "it threw something that is no error".to_owned());
    Unavailable::new(dependency, cause)
}

/// The present moment, from the platform's clock, which stands still between I/O.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Date.now() is a whole number of milliseconds, and positive since 1970"
)]
pub fn now() -> Time {
    Time::from_millis(js_sys::Date::now() as u64)
}

/// Fills `bytes` with randomness.
#[expect(
    clippy::disallowed_methods,
    reason = "this is where randomness is drawn"
)]
pub fn fill(bytes: &mut [u8]) {
    // An `expect` would bring all that an error can say for a debugger.
    let filled = getrandom::fill(bytes).is_ok();
    assert!(filled, "crypto.getRandomValues is there in every Worker");
}

/// Writes an event to the log.
pub fn emit(event: &Event<'_>) {
    let line = telemetry::line(event, now());
    if event.is_error() {
        host::log_error(&line);
    } else {
        host::log(&line);
    }
}

/// When KV is to let go of something. It takes no expiration less than 60 s ahead; what is stored says
/// itself when it ends.
#[expect(clippy::cast_precision_loss, reason = "seconds stay far below 2^53")]
fn expiration(expires_at: Time) -> f64 {
    expires_at.seconds().max(now().seconds() + 70) as f64
}

impl Clock for Outside {
    fn now(&self) -> Time {
        now()
    }
}

impl Randomness for Outside {
    fn fill(&self, bytes: &mut [u8]) {
        fill(bytes);
    }
}

impl Waits for Outside {
    fn wait(&self, limit: Duration) -> (Wake, impl Future<Output = ()>) {
        let limit = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
        let turn = host::turn(limit.max(1));
        let promise = turn.promise();
        let wait = async {
            // It never rejects.
            let _ = task::wait(promise).await;
        };
        (Box::new(move || turn.call()), wait)
    }
}

impl Events for Outside {
    fn emit(&self, event: Event<'_>) {
        emit(&event);
    }
}

impl RecordStore for Outside {
    async fn read(&self, key: &RecordKey) -> Result<Option<SealedRecord>, Unavailable> {
        let read = host::kv_get(&self.env, key.as_str(), KV_CACHE_TTL, self.timeout);
        let value = answer(Dependency::RecordStore, read).await?;
        Ok(bytes_of(&value).map(SealedRecord::from_store))
    }

    async fn write(
        &self,
        key: &RecordKey,
        record: &SealedRecord,
        expires_at: Time,
    ) -> Result<(), Unavailable> {
        let expiration = expiration(expires_at);
        let value = Uint8Array::from(record.as_bytes());
        let written = host::kv_put(&self.env, key.as_str(), &value, expiration, self.timeout);
        answer(Dependency::RecordStore, written).await.map(drop)
    }

    async fn delete(&self, key: &RecordKey) -> Result<(), Unavailable> {
        self.delete_item(key.as_str()).await
    }
}

impl Coordinator for Outside {
    async fn ask(&self, session: SessionId, command: Command) -> Result<Reply, Unavailable> {
        let body = Uint8Array::from(command.to_bytes().as_slice());
        let name = session.to_base64url();
        let asked = host::ask_coordinator(&self.env, &name, &body, self.timeout);
        let reply = answer(Dependency::Coordinator, asked).await?;
        let reply = bytes_of(&reply).and_then(|reply| Reply::from_bytes(&reply));
        reply.ok_or_else(|| {
            Unavailable::new(Dependency::Coordinator, "its reply is none that is known")
        })
    }
}

impl RevocationLog for Outside {
    async fn since(&self, position: Position) -> Result<Delta, Unavailable> {
        let delta = self.ask_log("/since", &position.to_bytes()).await?;
        Delta::from_bytes(&delta).ok_or_else(|| {
            Unavailable::new(
                Dependency::RevocationLog,
                "its answer is none that is known",
            )
        })
    }

    async fn append(&self, entry: &Entry) -> Result<(), Unavailable> {
        self.ask_log("/append", &entry.to_bytes()).await.map(drop)
    }

    async fn shorten(&self, entry: &Entry) -> Result<(), Unavailable> {
        self.ask_log("/shorten", &entry.to_bytes()).await.map(drop)
    }
}

impl Http for Outside {
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Unavailable> {
        let limit = u32::try_from(HTTP_BODY_LIMIT).expect("256 KiB");
        // Exposed to the server that they are for.
        let form = request.form.as_ref().map(|form| form.expose().as_str());
        let authorization = request.authorization.as_ref();
        let authorization = authorization.map(|value| value.expose().as_str());
        let sent = host::http_send(&request.url, form, authorization, limit, self.timeout);
        let parts = answer(Dependency::Provider, sent)
            .await?
            .unchecked_into::<Array>();
        let cache_control = parts.get(1).as_string().unwrap_or_default();
        Ok(HttpResponse {
            status: status(&parts.get(0)),
            max_age: max_age(&cache_control),
            body: Secret::new(bytes_of(&parts.get(2)).unwrap_or_default()),
        })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a status is between 100 and 599"
)]
fn status(value: &JsValue) -> u16 {
    value.as_f64().unwrap_or_default() as u16
}

/// `max-age` of `Cache-Control` (RFC 9111 section 5.2.2.1); zero where it must not be kept.
fn max_age(cache_control: &str) -> Option<u64> {
    let mut directives = cache_control.split(',').map(str::trim_ascii);
    if directives
        .clone()
        .any(|d| d.eq_ignore_ascii_case("no-store") || d.eq_ignore_ascii_case("no-cache"))
    {
        return Some(0);
    }
    directives.find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        name.eq_ignore_ascii_case("max-age")
            .then(|| value.trim_matches('"').parse().ok())?
    })
}

impl Signatures for Outside {
    async fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        jwk: &str,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, Unavailable> {
        let name = match algorithm {
            SignatureAlgorithm::Rs256 => "RS256",
            SignatureAlgorithm::Rs384 => "RS384",
            SignatureAlgorithm::Rs512 => "RS512",
            SignatureAlgorithm::Ps256 => "PS256",
            SignatureAlgorithm::Es256 => "ES256",
            SignatureAlgorithm::Es384 => "ES384",
            SignatureAlgorithm::EdDsa => "EdDSA",
        };
        let (message, signature) = (Uint8Array::from(message), Uint8Array::from(signature));
        let verified = host::verify(name, jwk, &message, &signature);
        let is_good = answer(Dependency::Cryptography, verified).await?;
        Ok(is_good.as_bool() == Some(true))
    }
}

impl Limiter for Outside {
    async fn attempt(&self, key: &str) -> Result<bool, Unavailable> {
        let counted = host::attempt(&self.env, key, self.timeout);
        let may = answer(Dependency::Limiter, counted).await?;
        Ok(may.as_bool() == Some(true))
    }
}

/// The item that KV has as base64 in a key's metadata.
fn item(text: &JsValue) -> Option<Vec<u8>> {
    Base64::decode_vec(&text.as_string()?).ok()
}

impl ListStore for Outside {
    async fn read_item(&self, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let mut found = self.list_items(key).await?.into_iter();
        Ok(found.find(|(name, _)| name == key).map(|(_, item)| item))
    }

    async fn write_item(
        &self,
        key: &str,
        item: &[u8],
        expires_at: Time,
    ) -> Result<(), Unavailable> {
        let item = Base64::encode_string(item);
        let expiration = expiration(expires_at);
        let written = host::kv_note(&self.env, key, &item, expiration, self.timeout);
        answer(Dependency::RecordStore, written).await.map(drop)
    }

    async fn delete_item(&self, key: &str) -> Result<(), Unavailable> {
        let deleted = host::kv_delete(&self.env, key, self.timeout);
        answer(Dependency::RecordStore, deleted).await.map(drop)
    }

    async fn list_items(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, Unavailable> {
        let listed = host::kv_list(&self.env, prefix, self.timeout);
        let listed = answer(Dependency::RecordStore, listed)
            .await?
            .unchecked_into::<Array>();
        let pairs = (0..listed.length()).step_by(2);
        Ok(pairs
            .filter_map(|at| Some((listed.get(at).as_string()?, item(&listed.get(at + 1))?)))
            .collect())
    }
}
