//! How often the same sender may ask on a route (`rate_limit`).
//!
//! Job: under which key a request is counted. Not its job: counting; a binding of the platform does that, at each location by
//! itself. Only what would go on to the origin is counted.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::policy::Route;
use crate::accounts::Source;
use crate::config::{LimitedBy, RateLimit};
use crate::protocol::Sender;
use crate::resolve::CachedSession;
use crate::token::KeyRing;

impl RateLimit {
    /// The key under which a request on `route` is counted; `session` is whose it is, where that is known. It says nothing
    /// to whoever sees it: it is a keyed hash.
    #[must_use]
    pub fn key<A>(
        &self,
        route: &Route,
        session: Option<&CachedSession<A>>,
        sender: &dyn Sender,
        keys: &KeyRing,
    ) -> String {
        let mut text = route.pattern.as_str().as_bytes().to_vec();
        text.push(0);
        match (self.by, session) {
            (LimitedBy::Subject, Some(session)) => {
                text.extend_from_slice(session.record().subject.as_bytes());
            }
            (LimitedBy::Client, Some(session)) => {
                text.extend_from_slice(session.record().client_id.as_str().as_bytes());
            }
            // A login is renewed with another ticket, and counts on.
            (LimitedBy::Token, Some(session)) => {
                let record = session.record();
                match record.ends_at {
                    Some(_) => text.extend_from_slice(record.session.as_bytes()),
                    None => text.extend_from_slice(session.digest().as_bytes()),
                }
            }
            // The configuration has nothing else where nobody is known.
            (LimitedBy::Address, _) | (_, None) => {
                let address = sender.header("cf-connecting-ip");
                text.extend_from_slice(&Source::of(address.as_deref()).to_bytes());
            }
        }
        let purpose = match self.by {
            LimitedBy::Subject => "requests of a subject",
            LimitedBy::Client => "requests of a client",
            LimitedBy::Token => "requests with a token",
            LimitedBy::Address => "requests from an address",
        };
        Base64UrlUnpadded::encode_string(&keys.pseudonym(purpose, &text))
    }
}
