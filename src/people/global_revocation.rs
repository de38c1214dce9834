//! Ends all that somebody has, by one request (draft-parecki-oauth-global-token-revocation-06).
//!
//! ```text
//! POST {"sub_id": {"format": "iss_sub", "iss": ISSUER, "sub": SUBJECT}}
//! ```
//! With an access token as an administrator has, or with a JWT of a transmitter, which may end those alone whom it may speak
//! about. An `opaque` name, and one of this issuer, is a subject as it is called here.

use super::admin::AdminError;
use super::endpoint::Endpoint;
use super::services::Services;
use crate::config::{Names, Naming};
use crate::events::{Identifier, Meaning, Subject, names_of, subject_of_request, targets};
use crate::issue::cutoff::next_second;
use crate::jose::Failure;
use crate::ports::PersonPorts;
use crate::protocol::credentials::{Authorization, authorization};
use crate::protocol::{Answer, Body, ErrorCode};
use crate::revocation::Target;

/// Why nothing is ended.
enum NotRevoked {
    /// Whoever asks is not known, or may not.
    Caller(AdminError),
    /// The token of a transmitter does not count.
    Token,
    /// The body is not a request, or its subject is of a kind that names nobody here.
    Request(&'static str),
    /// The subject is nobody here.
    Nobody,
}

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn revoke_globally(&self) -> Answer {
        let refuse = |status, code: ErrorCode, description: &str| {
            self.log_refusal(Endpoint::GlobalRevocation, code.as_str(), description);
            Answer::error(status, code, description)
        };
        match self.try_revoke_globally().await {
            Ok(()) => Answer::new(204).with("cache-control", "no-store"),
            Err(NotRevoked::Caller(error)) => self.admin_error(Endpoint::GlobalRevocation, &error),
            Err(NotRevoked::Token) => {
                let description = "the JWT is not one of a transmitter for this endpoint";
                refuse(401, ErrorCode::InvalidToken, description)
                    .with("www-authenticate", "Bearer error=\"invalid_token\"")
            }
            Err(NotRevoked::Request(what)) => refuse(400, ErrorCode::InvalidRequest, what),
            Err(NotRevoked::Nobody) => {
                let description = "the subject is nobody here";
                refuse(404, ErrorCode::InvalidRequest, description)
            }
        }
    }

    async fn try_revoke_globally(&self) -> Result<(), NotRevoked> {
        let names = self.may_name().await?;
        let Body::Bytes(body) = &self.visitor.request.body else {
            return Err(NotRevoked::Request(
                "the body must be JSON of at most 32 KiB",
            ));
        };
        // Exposed to be read: there is no secret in it.
        let subject = subject_of_request(body.expose());
        let mut subject = subject.map_err(|unfit| NotRevoked::Request(unfit.0))?;
        self.name_own(&mut subject);
        let mut identifiers = subject.person.iter();
        if identifiers.all(|one| *one == Identifier::Other) {
            return Err(NotRevoked::Request(
                "sub_id is not of a format that is taken here: send iss_sub, opaque or email",
            ));
        }
        let not_before = next_second(self.ports());
        let own = &self.config().issuer;
        let mut all: Vec<(Target, &str)> = Vec::new();
        for names in &names {
            for target in targets(Meaning::Person, &subject, names, own, not_before) {
                let is_person = matches!(target, Target::Subject { .. });
                if is_person && all.iter().all(|(other, _)| *other != target) {
                    all.push((target, &names.issuer));
                }
            }
        }
        if all.is_empty() {
            return Err(NotRevoked::Nobody);
        }
        for (target, issuer) in &all {
            let ended = self.end_target(target, Some(issuer), None, "global_revocation");
            ended
                .await
                .map_err(|cause| NotRevoked::Caller(AdminError::Unavailable(cause)))?;
        }
        Ok(())
    }

    /// How those are called whom the caller may end.
    async fn may_name(&self) -> Result<Vec<Names>, NotRevoked> {
        let config = self.config();
        let header = self.visitor.request.authorization;
        let token = match header.map(authorization) {
            Some(Authorization::Bearer(token)) => Some(token),
            _ => None,
        };
        if let Some(token) = token.filter(|token| token.contains('.')) {
            let url = config.issuer.url(Endpoint::GlobalRevocation.path());
            let transmitters = &config.transmitters;
            let known = self.transmitters;
            let found = known.authenticate(transmitters, token, &url, self.ports());
            return match found.await {
                Ok(transmitter) => Ok(vec![transmitter.names.clone()]),
                Err(Failure::Refused(refusal)) => {
                    let reason = refusal.reason();
                    self.log_refusal(Endpoint::GlobalRevocation, "invalid_token", &reason);
                    Err(NotRevoked::Token)
                }
                Err(Failure::Unavailable(cause)) => {
                    Err(NotRevoked::Caller(AdminError::Unavailable(cause)))
                }
            };
        }
        self.authorize_admin().await.map_err(NotRevoked::Caller)?;
        let own = Names {
            issuer: config.issuer.as_str().to_owned(),
            people: vec![Naming {
                claim: "sub".to_owned(),
                prefix: String::new(),
            }],
        };
        let providers = config.providers.iter().map(|one| &one.issuer);
        let issuers = config.issuers.iter().map(|one| &one.issuer);
        let others = providers.chain(issuers);
        let others = others.filter_map(|url| names_of(config, url.as_str()));
        Ok(std::iter::once(own).chain(others).collect())
    }

    /// A name without an issuer is one of this issuer's.
    fn name_own(&self, subject: &mut Subject) {
        for one in &mut subject.person {
            if let Identifier::Opaque(name) = one {
                *one = Identifier::IssuerSubject {
                    issuer: self.config().issuer.as_str().to_owned(),
                    subject: std::mem::take(name),
                };
            }
        }
    }
}
