//! A person's request, and what it takes to answer it.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::config::Config;
use crate::ports::PersonPorts;
use crate::protocol::Request;
use crate::resolve::{CachedSession, Resolver};
use crate::revocation::Target;
use crate::time::Time;
use crate::token::seal::SEAL_RANDOMNESS;

/// A person's request, and what it takes to answer it.
pub struct Visitor<'a, P: PersonPorts> {
    /// The request.
    pub request: &'a Request<'a>,
    /// The configuration.
    pub config: &'a Config,
    /// Keys, cache and copy of the log.
    pub resolver: &'a Resolver<P::Attachment>,
    /// The platform and the stores.
    pub ports: &'a P,
    /// The login that the request came with, once it was found to count.
    pub(super) seen: OnceCell<Rc<CachedSession<P::Attachment>>>,
}

impl<'a, P: PersonPorts> Visitor<'a, P> {
    /// Whoever sent this request.
    #[must_use]
    pub const fn new(
        request: &'a Request<'a>,
        config: &'a Config,
        resolver: &'a Resolver<P::Attachment>,
        ports: &'a P,
    ) -> Self {
        Self {
            request,
            config,
            resolver,
            ports,
            seen: OnceCell::new(),
        }
    }

    /// The `Cookie` header; empty if there is none.
    #[must_use]
    pub fn cookies(&self) -> String {
        self.request.sender.header("cookie").unwrap_or_default()
    }

    /// Fresh randomness for a seal.
    #[must_use]
    pub fn nonce(&self) -> [u8; SEAL_RANDOMNESS] {
        self.random()
    }

    /// Fresh randomness.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut random = [0; N];
        self.ports.fill(&mut random);
        random
    }

    /// From when on no token of this subject is valid any more of which no session knows: what it has by itself now, as a
    /// client, or from another issuer.
    #[must_use]
    pub fn end_without_session(&self, subject: &str) -> Time {
        let life = self.config.life_without_session(subject);
        self.ports.now().plus(life)
    }

    /// From when on nothing of `target` is valid any more of which no session in its index knows: what a client has by
    /// itself, and what another issuer gives. `issuer` is the URL of who knows the target, where it is somebody else.
    #[must_use]
    pub fn end_of_others(&self, target: &Target, issuer: Option<&str>) -> Time {
        match target {
            Target::Subject { subject, .. } => self.end_without_session(subject),
            Target::ProviderSession { .. } if self.config.takes_tokens_of(issuer) => {
                self.end_of_everything()
            }
            _ => self.ports.now(),
        }
    }

    /// From when on nothing that was issued until now can still be valid.
    #[must_use]
    pub fn end_of_everything(&self) -> Time {
        self.ports.now().plus(self.config.longest_life())
    }
}
