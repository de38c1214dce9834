//! What the platform gives at once: the clock, randomness, and lines in its log.

use super::host;
use crate::telemetry::{self, Event};
use crate::time::Time;

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
