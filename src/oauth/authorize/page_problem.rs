//! Authorization requests that are not answered to their client, because the client or its redirect URI is
//! not known. The person sees a page instead (RFC 6749 section 4.1.2.1).

use crate::config::Config;
use crate::oauth::Endpoint;
use crate::pages::Message;
use crate::ports::Events;
use crate::protocol::{Answer, ErrorCode};
use crate::telemetry::Event;

/// Why nobody is sent back to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageProblem {
    /// A parameter appears twice, or is not UTF-8.
    Malformed,
    /// The form is too large.
    TooLarge,
    /// There is no form, or it broke off.
    Unreadable,
    /// There is no such client, or people do not log in for it.
    UnknownClient,
    /// There is no `redirect_uri`.
    NoRedirectUri,
    /// The `redirect_uri` is not one of the client's.
    UnknownRedirectUri,
}

impl PageProblem {
    const fn status(self) -> u16 {
        match self {
            Self::TooLarge => 413,
            Self::Malformed
            | Self::Unreadable
            | Self::UnknownClient
            | Self::NoRedirectUri
            | Self::UnknownRedirectUri => 400,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Malformed => "A parameter of the request appears twice or is not UTF-8.",
            Self::TooLarge => "The request is too large.",
            Self::Unreadable => "The request is not a form that can be read.",
            Self::UnknownClient => {
                "The request does not name an application that is known here (client_id)."
            }
            Self::NoRedirectUri => "The request does not say where to go back to (redirect_uri).",
            Self::UnknownRedirectUri => {
                "The request names an address to go back to that is not registered for this \
                 application (redirect_uri)."
            }
        }
    }

    /// The page, with an event for the log.
    pub(super) fn answer<E: Events>(self, config: &Config, events: &E) -> Answer {
        events.emit(Event::RequestRefused {
            endpoint: Endpoint::Authorize.path(),
            error: ErrorCode::InvalidRequest.as_str(),
            reason: self.text(),
        });
        Message {
            brand: &config.brand,
            status: self.status(),
            title: "This link does not work",
            text: self.text(),
            advice: Some(
                "Go back to the application and try again. If it happens again, show its developer \
                 this message.",
            ),
            link: None,
        }
        .answer()
    }
}
