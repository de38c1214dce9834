//! What people agreed to.

use std::time::Duration;

use serde_json::{Value, json};

use super::store::{Listing, consent_key, unexpected_reply};
use crate::browser::sealed::Purpose;
use crate::person::{ClientKey, Command, Index, Mark, NoteOfConsent, Reply};
use crate::ports::{Dependency, PersonIndex, Ports, Unavailable};
use crate::protocol::{ClientId, Scope};
use crate::session::coordinator::Owner;
use crate::time::Time;
use crate::token::SessionId;

/// How long a consent is remembered.
const CONSENT_KEPT: Duration = Duration::from_hours(24 * 365);

/// How often it is tried to add to a consent that others change at the same time.
const TRIES: usize = 5;

/// What a person agreed to with one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedConsent {
    /// The client.
    pub client: ClientId,
    /// What it may have.
    pub scope: Scope,
    /// When the person last agreed.
    pub agreed_at: Time,
}

/// What is left to end after a consent was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// The sessions that the caller ends.
    pub sessions: Vec<SessionId>,
    /// How many more the index ends by itself.
    pub more: u32,
}

impl<P: Ports + PersonIndex> Listing<'_, P> {
    /// The consent, and the mark of what was read.
    async fn read_consent(
        &self,
        owner: Owner,
        client: &ClientId,
    ) -> Result<(Option<ListedConsent>, Mark), Unavailable> {
        let key = ClientKey::of(client);
        match self
            .ask(Index::Person(owner), Command::Consent(key))
            .await?
        {
            Reply::Consent(note) => {
                let consent = self.opened(owner, key, &note);
                Ok((consent, Mark::of(Some(&note))))
            }
            Reply::Unknown => Ok((None, Mark::default())),
            _ => Err(unexpected_reply()),
        }
    }

    fn opened(&self, owner: Owner, client: ClientKey, note: &[u8]) -> Option<ListedConsent> {
        let item = self.open(Purpose::Consent, &consent_key(owner, client), note)?;
        let scope = item.get("s")?.as_str()?;
        Some(ListedConsent {
            client: item.get("c")?.as_str()?.parse().ok()?,
            // The grammar does not allow an empty scope.
            scope: if scope.is_empty() {
                Scope::default()
            } else {
                scope.parse().ok()?
            },
            agreed_at: item
                .get("a")
                .and_then(Value::as_u64)
                .map(Time::from_seconds)?,
        })
    }

    /// Whether a person has agreed that this client may have all of this scope.
    ///
    /// # Errors
    /// [`Unavailable`] where the index did not answer.
    pub async fn has_agreed(
        &self,
        owner: Owner,
        client: &ClientId,
        scope: &Scope,
    ) -> Result<bool, Unavailable> {
        let (consent, _) = self.read_consent(owner, client).await?;
        Ok(consent.is_some_and(|consent| scope.is_empty() || consent.scope.covers(scope)))
    }

    /// A person agrees that a client may have this too.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was written.
    pub async fn agree(
        &self,
        owner: Owner,
        client: &ClientId,
        scope: &Scope,
    ) -> Result<(), Unavailable> {
        let key = ClientKey::of(client);
        for _ in 0..TRIES {
            let (known, mark) = self.read_consent(owner, client).await?;
            let known = known.map(|consent| consent.scope).unwrap_or_default();
            let now = self.ports.now();
            let until = now.plus(CONSENT_KEPT);
            let item = json!({
                "c": client.as_str(),
                "s": known.union(scope).to_string(),
                "a": now.seconds(),
            });
            let note = self.seal(Purpose::Consent, &consent_key(owner, key), &item, until);
            let agree = Command::Agree {
                consent: NoteOfConsent { client: key, note },
                until,
                known: mark,
            };
            match self.ask(Index::Person(owner), agree).await? {
                Reply::Done => return Ok(()),
                Reply::Changed => {}
                _ => return Err(unexpected_reply()),
            }
        }
        let cause = "the consent is being changed too often at once";
        Err(Unavailable::new(Dependency::PersonIndex, cause))
    }

    /// Everything that a person agreed to, the newest first. What cannot be opened is left out.
    ///
    /// # Errors
    /// [`Unavailable`] where the index did not answer.
    pub async fn consents(&self, owner: Owner) -> Result<Vec<ListedConsent>, Unavailable> {
        let Reply::Consents(notes) = self.ask(Index::Person(owner), Command::Consents).await?
        else {
            return Err(unexpected_reply());
        };
        let notes = notes.iter();
        let opened = notes.filter_map(|one| self.opened(owner, one.client, &one.note));
        Ok(opened.collect())
    }

    /// Takes back what a person agreed to with a client. Its sessions are being ended; the caller ends some of
    /// them itself.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was taken back.
    pub async fn withdraw(
        &self,
        owner: Owner,
        client: &ClientId,
    ) -> Result<Withdrawn, Unavailable> {
        let withdraw = Command::Withdraw(ClientKey::of(client));
        match self.ask(Index::Person(owner), withdraw).await? {
            Reply::Withdrawn { sessions, more } => Ok(Withdrawn { sessions, more }),
            _ => Err(unexpected_reply()),
        }
    }
}
