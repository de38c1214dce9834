//! The ports on Workers: KV, the Durable Objects, the clock, randomness and the log.

use js_sys::{Object, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::host;
use crate::config::binding;
use crate::ports::{
    Clock, Coordinator, Dependency, Events, Randomness, RecordStore, RevocationLog, Unavailable,
};
use crate::revocation::{Delta, Entry, Position};
use crate::session::coordinator::{Command, Reply};
use crate::session::{RecordKey, SealedRecord};
use crate::telemetry::{self, Event};
use crate::time::Time;
use crate::token::SessionId;

/// How long a point of presence may keep what it read from KV, in seconds. Records never change, and
/// a deleted one is in the revocation log for an hour; a miss is kept as long, but a token's
/// coordinator is asked for ten minutes.
const KV_CACHE_TTL: u32 = 300;

/// The revocation log is one object.
pub const LOG_NAME: &str = "log";

/// The outside, as one request or one Durable Object reaches it.
pub struct Outside {
    env: Object,
    /// How long to wait for a store, in milliseconds.
    timeout: u32,
}

impl Outside {
    /// The outside through these bindings.
    #[must_use]
    pub const fn new(env: Object, timeout: u32) -> Self {
        Self { env, timeout }
    }

    /// Deletes the record of a token.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was deleted.
    pub async fn delete(&self, key: &RecordKey) -> Result<(), Unavailable> {
        host::kv_delete(&self.env, binding::RECORDS, key.as_str(), self.timeout)
            .await
            .map(drop)
            .map_err(|error| unavailable(Dependency::RecordStore, &error))
    }

    /// Tells the log that an entry need not be kept longer than it says.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it knows.
    pub async fn shorten(&self, entry: &Entry) -> Result<(), Unavailable> {
        self.ask_log("/shorten", &entry.to_bytes()).await.map(drop)
    }

    async fn ask_log(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, Unavailable> {
        let body = Uint8Array::from(body);
        host::ask(&self.env, binding::LOG, LOG_NAME, path, &body, self.timeout)
            .await
            .map(|bytes| bytes.unchecked_into::<Uint8Array>().to_vec())
            .map_err(|error| unavailable(Dependency::RevocationLog, &error))
    }
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

impl Events for Outside {
    fn emit(&self, event: Event<'_>) {
        emit(&event);
    }
}

impl RecordStore for Outside {
    async fn read(&self, key: &RecordKey) -> Result<Option<SealedRecord>, Unavailable> {
        let value = host::kv_get(
            &self.env,
            binding::RECORDS,
            key.as_str(),
            KV_CACHE_TTL,
            self.timeout,
        )
        .await
        .map_err(|error| unavailable(Dependency::RecordStore, &error))?;
        Ok(value
            .dyn_into::<Uint8Array>()
            .ok()
            .map(|bytes| SealedRecord::from_store(bytes.to_vec())))
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds stay far below 2^53")]
    async fn write(
        &self,
        key: &RecordKey,
        record: &SealedRecord,
        expires_at: Time,
    ) -> Result<(), Unavailable> {
        // KV takes no expiration less than 60 s ahead; the record says itself when it ends.
        let expiration = expires_at.seconds().max(now().seconds() + 70) as f64;
        let value = Uint8Array::from(record.as_bytes());
        host::kv_put(
            &self.env,
            binding::RECORDS,
            key.as_str(),
            &value,
            expiration,
            self.timeout,
        )
        .await
        .map(drop)
        .map_err(|error| unavailable(Dependency::RecordStore, &error))
    }
}

impl Coordinator for Outside {
    async fn ask(&self, session: SessionId, command: Command) -> Result<Reply, Unavailable> {
        let body = Uint8Array::from(command.to_bytes().as_slice());
        let name = session.to_base64url();
        let reply = host::ask(
            &self.env,
            binding::COORDINATORS,
            &name,
            "/",
            &body,
            self.timeout,
        )
        .await
        .map_err(|error| unavailable(Dependency::Coordinator, &error))?;
        let reply = reply.unchecked_into::<Uint8Array>().to_vec();
        Reply::from_bytes(&reply).ok_or_else(|| {
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
}
