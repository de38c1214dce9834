//! Security events that a transmitter pushes (RFC 8935, Shared Signals Framework 1.0).
//!
//! Each ends what it names, from the moment on at which it happened, and up to [`LEEWAY`](super::backchannel::LEEWAY)
//! after that. It never ends more when it is sent again: its time is in it, and a hash of its `jti` is remembered in the
//! index of whom it is about. If a store fails, nothing is remembered, and the transmitter is told to try again.

use std::borrow::Cow;

use serde_json::json;

use super::backchannel::not_before;
use super::endpoint::Endpoint;
use super::services::Services;
use crate::config::{PushAuthorization, Transmitter};
use crate::events::{Happening, Meaning, targets};
use crate::jose::Failure;
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, Body, ErrorCode, json as text};
use crate::secret::Secret;
use crate::telemetry::Event;

/// The media type of a security event token (RFC 8417 section 7.2).
const MEDIA_TYPE: &str = "application/secevent+jwt";

/// As much of an event's type as is logged, in bytes.
const LONGEST_KIND: usize = 128;

/// Why nothing is taken.
enum NotTaken {
    /// There is no such transmitter.
    UnknownTransmitter,
    /// It is refused with this code (RFC 8935 section 2.4), for this reason.
    Refused(&'static str, Cow<'static, str>),
    /// A store or the transmitter did not answer.
    Unavailable(Unavailable),
}

impl From<Unavailable> for NotTaken {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn take_events(&self) -> Answer {
        match self.try_take_events().await {
            Ok(()) => Answer::new(202).with("cache-control", "no-store"),
            Err(NotTaken::UnknownTransmitter) => {
                let description = "there is no transmitter with this id here";
                Answer::error(404, ErrorCode::InvalidRequest, description)
            }
            Err(NotTaken::Refused(code, reason)) => {
                self.log_refusal(Endpoint::Events, code, &reason);
                let body = json!({ "err": code, "description": reason });
                Answer::new(400)
                    .with("content-language", "en")
                    .json(text::write(&body))
            }
            Err(NotTaken::Unavailable(cause)) => {
                self.ports().emit(cause.event());
                Answer::unavailable()
            }
        }
    }

    async fn try_take_events(&self) -> Result<(), NotTaken> {
        let path = self.visitor.request.path;
        let id = path.strip_prefix(Endpoint::Events.path());
        let mut all = self.config().transmitters.iter();
        let transmitter = all
            .find(|one| Some(one.id.as_str()) == id)
            .ok_or(NotTaken::UnknownTransmitter)?;
        let refuse = |code, reason: &'static str| NotTaken::Refused(code, reason.into());
        if !self.is_from(transmitter) {
            return Err(refuse(
                "authentication_failed",
                "the Authorization header is not the one that was agreed on for this stream",
            ));
        }
        let token = self.pushed().ok_or(refuse(
            "invalid_request",
            "the body must be one security event token of at most 32 KiB, with the Content-Type \
             application/secevent+jwt",
        ))?;
        let events = self.transmitters.events(transmitter, token, self.ports());
        let events = events.await.map_err(|failure| match failure {
            Failure::Refused(refusal) => NotTaken::Refused(refusal.code(), refusal.reason()),
            Failure::Unavailable(cause) => NotTaken::Unavailable(cause),
        })?;
        for happening in &events.happenings {
            let became = self.apply(transmitter, happening).await?;
            self.ports().emit(Event::SecurityEvent {
                transmitter: transmitter.id.as_str(),
                kind: cut(&happening.kind),
                became,
            });
        }
        Ok(())
    }

    /// Whether the request has what the stream is to send. Some send a secret behind `Bearer` by themselves.
    fn is_from(&self, transmitter: &Transmitter) -> bool {
        match &transmitter.authorization {
            PushAuthorization::None => true,
            PushAuthorization::Secret(None) => false,
            PushAuthorization::Secret(Some(secret)) => {
                let sent = self.visitor.request.authorization.unwrap_or_default();
                let bare = sent.strip_prefix("Bearer ").unwrap_or(sent);
                let is_it = |text: &str| Secret::new(text.to_owned()) == *secret;
                is_it(sent) | is_it(bare)
            }
        }
    }

    /// The token that was pushed.
    fn pushed(&self) -> Option<&str> {
        let request = self.visitor.request;
        let media_type = request.content_type?.split(';').next()?.trim_ascii();
        if !media_type.eq_ignore_ascii_case(MEDIA_TYPE) {
            return None;
        }
        let Body::Bytes(bytes) = &request.body else {
            return None;
        };
        // Exposed to be verified.
        let token = std::str::from_utf8(bytes.expose()).ok()?;
        Some(token.trim_ascii())
    }

    /// Ends what an event names; what became of it, for the log.
    async fn apply(
        &self,
        transmitter: &Transmitter,
        happening: &Happening,
    ) -> Result<&'static str, Unavailable> {
        let subject = match (&happening.subject, happening.meaning) {
            (Some(subject), Meaning::Session | Meaning::Person) => subject,
            (_, Meaning::Stream) => return Ok("taken"),
            (_, Meaning::Unknown) => return Ok("unknown_type"),
            (_, _) => return Ok("ends_nothing"),
        };
        let names = &transmitter.names;
        let not_before = not_before(happening.at, self.ports());
        let own = &self.config().issuer;
        let targets = targets(happening.meaning, subject, names, own, not_before);
        if targets.is_empty() {
            return Ok("nobody_here");
        }
        let message = (happening.id, self.visitor.end_of_everything());
        let mut became = "known";
        for target in &targets {
            let ended = self.end_target(target, Some(&names.issuer), Some(message), "event");
            if ended.await? {
                became = "ended";
            }
        }
        Ok(became)
    }
}

fn cut(kind: &str) -> &str {
    let mut end = kind.len().min(LONGEST_KIND);
    while !kind.is_char_boundary(end) {
        end -= 1;
    }
    &kind[..end]
}
