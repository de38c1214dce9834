//! What an administrator ends of others: tokens that were pasted, and what issuers and providers know by their own names.
//!
//! ```text
//! POST token=TOKEN                  ends one token, whoever issued it
//! POST token_digest=DIGEST          the same, by the digest that the answer to `token` has
//! POST issuer=ISSUER&jti=ID         ends one token of an issuer
//! POST issuer=ISSUER&sid=ID         ends a session of an issuer, or a provider: what it gave, and what it gives later
//! POST issuer=ISSUER&sub=SUBJECT    ends all sessions of a person of an issuer, or a provider
//! POST issuer=ISSUER&client_id=ID   ends all tokens of a client of an issuer
//! POST issuer=ISSUER                ends all tokens of an issuer
//! ```
//! ISSUER is its URL, or its id in the configuration.

use serde_json::{Value, json};

use super::admin::{AdminError, OF_OTHERS};
use super::services::Services;
use crate::config::{Issuer, Names};
use crate::events::names_of;
use crate::issue::cutoff::next_second;
use crate::issue::ending::announce;
use crate::ports::PersonPorts;
use crate::protocol::{ClientId, Form};
use crate::revocation::{Target, foreign};
use crate::session::coordinator::Command;
use crate::telemetry::Event;
use crate::time::Time;
use crate::token::{PlainToken, SessionId, TokenDigest, TokenKind};

/// What an issuer has names for.
const NAMES: [&str; 4] = ["jti", "sid", "sub", "client_id"];

const UNKNOWN: AdminError = AdminError::Request(
    "issuer is neither the URL nor the id of an issuer or a provider in the configuration",
);
const NO_TOKENS: AdminError = AdminError::Request(
    "this provider is no issuer whose tokens are taken: send sid or sub with it",
);
const ONE_NAME: AdminError =
    AdminError::Request("send issuer with at most one of jti, sid, sub and client_id");

impl<P: PersonPorts> Services<'_, P> {
    /// Ends what `form` names with one of [`OF_OTHERS`], and nothing else.
    pub(super) async fn end_foreign(&self, form: &Form) -> Result<Value, AdminError> {
        match OF_OTHERS.map(|name| form.get(name)) {
            [Some(token), None, None] => self.end_token(token).await,
            [None, Some(digest), None] => {
                let digest = TokenDigest::from_base64url(digest);
                let digest = digest.ok_or(AdminError::Request(
                    "token_digest is not one that an answer to token had",
                ))?;
                self.end_digest(digest).await?;
                Ok(ended_token(digest))
            }
            [None, None, Some(issuer)] => self.end_of_issuer(issuer, form).await,
            _ => Err(AdminError::Request(
                "send only one of token, token_digest and issuer",
            )),
        }
    }

    async fn end_digest(&self, digest: TokenDigest) -> Result<(), AdminError> {
        let token = Target::Token(digest);
        self.end_target(&token, None, None, "admin").await?;
        Ok(())
    }

    async fn end_token(&self, token: &str) -> Result<Value, AdminError> {
        let own = PlainToken::new(token.to_owned());
        if let Some(kind) = own.kind() {
            return self.end_own_token(kind, &own).await;
        }
        let digest = foreign::digest(token);
        self.end_digest(digest).await?;
        Ok(ended_token(digest))
    }

    /// Ends an access token of ours; with any other token, the session that it is of.
    async fn end_own_token(
        &self,
        kind: TokenKind,
        token: &PlainToken,
    ) -> Result<Value, AdminError> {
        let digest = TokenDigest::of(token);
        let visitor = &self.visitor;
        let ports = self.ports();
        // Exposed to be opened.
        let opened = visitor
            .resolver
            .keys()
            .open(kind, token.expose(), ports.now());
        let Ok(pointer) = opened else {
            // Whatever it was, it does not count.
            return Ok(ended_token(digest));
        };
        if kind != TokenKind::Access {
            return self.end_one(pointer.session).await;
        }
        let target = Target::Token(digest);
        announce(&target, pointer.expires_at, visitor.resolver, ports).await?;
        // It deletes the record, so that the log need not remember it for long.
        ports.ask(pointer.session, Command::Forget(digest)).await?;
        ports.emit(Event::CutOff {
            target: target.as_str(),
            reason: "admin",
        });
        Ok(ended_token(digest))
    }

    async fn end_of_issuer(&self, asked: &str, form: &Form) -> Result<Value, AdminError> {
        let config = self.config();
        let issuers = &config.issuers;
        let issuer = issuers
            .iter()
            .find(|one| one.id.as_str() == asked || one.issuer.as_str() == asked);
        let url = match issuer {
            Some(issuer) => issuer.issuer.as_str(),
            None => config
                .providers
                .iter()
                .find(|one| one.id.as_str() == asked || one.issuer.as_str() == asked)
                .map(|one| one.issuer.as_str())
                .ok_or(UNKNOWN)?,
        };
        let not_before = next_second(self.ports());
        let targets = match NAMES.map(|name| form.get(name)) {
            [Some(jti), None, None, None] => {
                issuer.ok_or(NO_TOKENS)?;
                vec![Target::ForeignToken(foreign::token(url, jti))]
            }
            [None, Some(sid), None, None] => {
                let name = foreign::session(url, sid);
                vec![
                    // Whatever the issuer gives from it later is of the same session.
                    Target::Session(SessionId::from_bytes(name)),
                    Target::ProviderSession { name, not_before },
                ]
            }
            [None, None, Some(subject), None] => {
                let names = names_of(config, url).ok_or(UNKNOWN)?;
                people(&names, subject, not_before)
            }
            [None, None, None, Some(client)] => {
                let prefix = issuer.map(Issuer::client_prefix).ok_or(NO_TOKENS)?;
                let client = ClientId::of_issuer(&prefix, client);
                let client = client.ok_or(AdminError::Request("client_id is not one"))?;
                vec![Target::Client { client, not_before }]
            }
            [None, None, None, None] => {
                issuer.ok_or(NO_TOKENS)?;
                let issuer = url.to_owned();
                vec![Target::ForeignIssuer { issuer, not_before }]
            }
            _ => return Err(ONE_NAME),
        };
        for target in &targets {
            self.end_target(target, Some(url), None, "admin").await?;
        }
        let ended = targets.first().map_or("nothing", Target::as_str);
        Ok(json!({
            "ended": ended,
            "issuer": url,
            "issued_before": not_before.seconds(),
        }))
    }
}

/// All of a person whom an issuer calls so.
fn people(names: &Names, subject: &str, not_before: Time) -> Vec<Target> {
    let people = names.people.iter();
    people
        .map(|one| Target::Subject {
            subject: format!("{}{subject}", one.prefix),
            not_before,
        })
        .collect()
}

fn ended_token(digest: TokenDigest) -> Value {
    json!({ "ended": "token", "token_digest": digest.to_base64url() })
}
