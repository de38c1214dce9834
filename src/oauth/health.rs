//! Whether this Worker can do its job, and which version of Postern it is: `/_postern/health`.

use std::time::Duration;

use crate::ports::Ports;
use crate::protocol::Answer;
use crate::resolve::Resolver;

use super::error_response;

/// How old the copy of the revocation log may be before the log is asked. It bounds how often anyone
/// can make this isolate ask.
const MAX_AGE: Duration = Duration::from_secs(5);

/// What a healthy one says.
const HEALTHY: &str = concat!(
    r#"{"status":"ok","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}"#
);

/// 200 while the revocation log can be followed, else 503.
pub(super) async fn answer<P: Ports>(resolver: &Resolver<P::Attachment>, ports: &P) -> Answer {
    if !resolver.log().is_fresh(ports.now(), MAX_AGE)
        && let Err(cause) = resolver.log().follow(ports, MAX_AGE).await
    {
        return error_response::unavailable(&cause, ports);
    }
    Answer::new(200).json(HEALTHY)
}
