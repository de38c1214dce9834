//! Sessions for administrators: programs with an access token of the scope `postern:admin`.
//!
//! ```text
//! GET  ?sub=SUBJECT                 lists what a person has, as JSON
//! POST session=ID                   ends one session
//! POST sub=SUBJECT                  ends all sessions of a person
//! POST client_id=ID                 ends all sessions of a client
//! POST sub=SUBJECT&client_id=ID     takes back what a person agreed to with a client
//! POST everything=true              ends all sessions, and all tokens of other issuers
//! ```
//! Tokens, and what issuers know by their own names, end in [`super::admin_foreign`].

use futures_util::future;
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::services::Services;
use super::sessions::AFTER;
use crate::config::{ADMIN_SCOPE, LONGEST_TOKEN_LIFETIME};
use crate::issue::cutoff::{Cut, cut_off, next_second};
use crate::issue::ending::{EndedSession, end_session};
use crate::person::Place;
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::credentials::{Authorization, authorization};
use crate::protocol::{Answer, ErrorCode, Form, json as text};
use crate::resolve::{Demand, Resolution};
use crate::revocation::Target;
use crate::session::coordinator::Owner;
use crate::telemetry::Event;
use crate::token::{SessionId, TokenKind};

/// Why nothing is shown or done.
pub(super) enum AdminError {
    /// No access token was sent (RFC 6750 section 3.1).
    NoToken,
    /// The token is not valid here.
    InvalidToken,
    /// The token lacks the scope.
    NoScope,
    /// The token stands for a person, who agreed to something and is not an administrator because of that.
    Person,
    /// The parameters are missing, or contradict each other.
    Request(&'static str),
    /// A store did not answer.
    Unavailable(Unavailable),
}

/// The parameters that name what [`super::admin_foreign`] ends.
pub(super) const OF_OTHERS: [&str; 3] = ["token", "token_digest", "issuer"];

const NOT_A_CLIENT: AdminError = AdminError::Request("client_id is not the id of a client");

impl From<Unavailable> for AdminError {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn administer(&self) -> Answer {
        match self.try_administer().await {
            Ok(body) => Answer::new(200).json(text::write(&body)),
            Err(error) => self.admin_error(Endpoint::Admin, &error),
        }
    }

    pub(super) fn admin_error(&self, endpoint: Endpoint, error: &AdminError) -> Answer {
        let answer =
            |status, code: ErrorCode, description: &str, challenge: Option<&'static str>| {
                self.log_refusal(endpoint, code.as_str(), description);
                let answer = Answer::error(status, code, description);
                match challenge {
                    Some(challenge) => answer.with("www-authenticate", challenge),
                    None => answer,
                }
            };
        match error {
            AdminError::Unavailable(cause) => {
                self.ports().emit(cause.event());
                Answer::unavailable()
            }
            AdminError::NoToken => answer(
                401,
                ErrorCode::InvalidToken,
                "send an access token with the scope postern:admin as Authorization: Bearer",
                Some("Bearer"),
            ),
            AdminError::InvalidToken => answer(
                401,
                ErrorCode::InvalidToken,
                "the access token is unknown, expired or revoked: get a new one",
                Some("Bearer error=\"invalid_token\""),
            ),
            AdminError::NoScope => answer(
                403,
                ErrorCode::InsufficientScope,
                "the access token lacks the scope postern:admin",
                Some("Bearer error=\"insufficient_scope\", scope=\"postern:admin\""),
            ),
            AdminError::Person => answer(
                403,
                ErrorCode::InsufficientScope,
                "the access token stands for a person: get one with the client credentials grant",
                Some("Bearer error=\"insufficient_scope\", scope=\"postern:admin\""),
            ),
            AdminError::Request(description) => {
                answer(400, ErrorCode::InvalidRequest, description, None)
            }
        }
    }

    async fn try_administer(&self) -> Result<Value, AdminError> {
        self.authorize_admin().await?;
        if self.is_post() {
            let form = self.form().ok_or(AdminError::Request(
                "the body must be a form with each parameter once",
            ))?;
            return self.end_for_admin(&form).await;
        }
        let query = self.query();
        let subject = query.as_ref().and_then(|query| query.get("sub"));
        let subject = subject.ok_or(AdminError::Request("sub is missing: whose sessions?"))?;
        let after = match query.as_ref().and_then(|query| query.get(AFTER)) {
            None => None,
            Some(after) => Some(Place::from_text(after).ok_or(AdminError::Request(
                "after is not the next_after of an earlier answer",
            ))?),
        };
        let listing = self.visitor.listing();
        let (page, consents) = future::join(
            listing.sessions(subject, after),
            listing.consents(Owner::of(subject)),
        )
        .await;
        let (page, consents) = (page?, consents?);
        let listed = page.sessions.iter().map(|entry| {
            json!({
                "session": entry.session.to_base64url(),
                "client_id": entry.client.as_str(),
                "begun_at": entry.begun_at.seconds(),
                "seen_at": entry.seen_at.seconds(),
                "ends_at": entry.ends_at.seconds(),
                "place": entry.device.place,
                "browser": entry.device.browser,
            })
        });
        let consents = consents.iter().map(|consent| {
            json!({
                "client_id": consent.client.as_str(),
                "scope": consent.scope.to_string(),
                "agreed_at": consent.agreed_at.seconds(),
            })
        });
        let mut answer = json!({
            "sub": subject,
            "next_after": page.older.map(|place| place.to_text()),
        });
        // Put in as they are: the macro would write each of them into a new one.
        answer["sessions"] = listed.collect();
        answer["consents"] = consents.collect();
        Ok(answer)
    }

    /// Whether the request has an access token as an administrator has.
    pub(super) async fn authorize_admin(&self) -> Result<(), AdminError> {
        let header = self.visitor.request.authorization;
        let token = match header.map(authorization) {
            Some(Authorization::Bearer(token)) => token,
            Some(Authorization::MalformedBearer) => return Err(AdminError::InvalidToken),
            Some(Authorization::Other) | None => return Err(AdminError::NoToken),
        };
        let resolver = self.visitor.resolver;
        let meaning = resolver.resolve(self.ports(), TokenKind::Access, token, &Demand::STRONG);
        match meaning.await {
            Resolution::Active(active) => {
                let record = active.session.record();
                // A resource that was sent a token could send it on to here (RFC 9700 section 4.10.2).
                let issuer = self.config().issuer.as_str();
                let is_for_here = record.audiences.is_empty()
                    || record.audiences.iter().any(|one| one.as_str() == issuer);
                if record.confirmation.is_some() || !is_for_here {
                    return Err(AdminError::InvalidToken);
                }
                if !record.scope.contains(ADMIN_SCOPE) {
                    return Err(AdminError::NoScope);
                }
                match record.login {
                    None => Ok(()),
                    Some(_) => Err(AdminError::Person),
                }
            }
            Resolution::Inactive(_) => Err(AdminError::InvalidToken),
            Resolution::Unavailable(cause) => Err(AdminError::Unavailable(cause)),
        }
    }

    async fn end_for_admin(&self, form: &Form) -> Result<Value, AdminError> {
        if OF_OTHERS.iter().any(|name| form.get(name).is_some()) {
            return self.end_foreign(form).await;
        }
        let not_before = next_second(self.ports());
        let named = ["session", "sub", "client_id", "everything"].map(|name| form.get(name));
        let target = match named {
            [Some(session), None, None, None] => {
                let session = SessionId::from_base64url(session)
                    .ok_or(AdminError::Request("session is not the id of a session"))?;
                return self.end_one(session).await;
            }
            [None, Some(subject), Some(client), None] => {
                return self.take_back_for_admin(subject, client).await;
            }
            [None, Some(subject), None, None] => Target::Subject {
                subject: subject.to_owned(),
                not_before,
            },
            [None, None, Some(client), None] => Target::Client {
                client: client.parse().map_err(|_| NOT_A_CLIENT)?,
                not_before,
            },
            [None, None, None, Some("true")] => Target::Issuer { not_before },
            _ => {
                return Err(AdminError::Request(
                    "send exactly one of session, sub, client_id, token and everything=true; or sub and client_id; or \
                     issuer and what it knows by a name of its own",
                ));
            }
        };
        let visitor = &self.visitor;
        // The subject may be the id of a client that has left the configuration.
        let left = self.ports().now().plus(LONGEST_TOKEN_LIFETIME);
        let cut = Cut {
            target: &target,
            until: visitor.end_of_everything(),
            others_until: visitor.end_of_others(&target, None).max(left),
            logout: None,
            reason: "admin",
        };
        cut_off(cut, visitor.resolver, self.ports()).await?;
        Ok(json!({ "ended": target.as_str(), "issued_before": not_before.seconds() }))
    }

    async fn take_back_for_admin(&self, subject: &str, client: &str) -> Result<Value, AdminError> {
        let client = client.parse().map_err(|_| NOT_A_CLIENT)?;
        let taken_back = self.take_back(subject, &client).await?;
        Ok(json!({
            "ended": "consent",
            "sub": subject,
            "client_id": client.as_str(),
            "sessions_ended": taken_back.ended,
            "sessions_being_ended": taken_back.being_ended,
        }))
    }

    pub(super) async fn end_one(&self, session: SessionId) -> Result<Value, AdminError> {
        let ended = end_session(session, None, self.visitor.resolver, self.ports()).await?;
        let id = session.to_base64url();
        let is_over = ended != EndedSession::Unknown;
        if !is_over && !self.config().issuers.is_empty() {
            // It may be one of another issuer, which no coordinator knows.
            let target = Target::Session(session);
            self.end_target(&target, None, None, "admin").await?;
        }
        if is_over {
            self.ports().emit(Event::SessionEnded {
                session: &id,
                reason: "admin",
            });
        }
        // A session that is over already, or never existed, is not an error: it is not valid either way.
        Ok(json!({ "ended": "session", "session": id, "was_open": is_over }))
    }
}
