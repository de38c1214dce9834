//! People's sessions: taken in before anyone has a ticket or a code of them, shown, and cut off.

use base64ct::{Base64UrlUnpadded, Encoding};
use futures_util::future;
use serde_json::{Value, json};

use super::store::{Listing, session_key, unexpected_reply};
use crate::browser::sealed::Purpose;
use crate::person::{ClientKey, Command, Index, ListedRow, NewSession, Place, Reply};
use crate::ports::{Dependency, PersonIndex, Ports, Unavailable};
use crate::protocol::ClientId;
use crate::revocation::{Entry, Target, TargetIds};
use crate::session::SessionRecord;
use crate::session::coordinator::Owner;
use crate::time::Time;
use crate::token::{SessionId, TokenDigest};

/// How much of a place or a browser is kept, in bytes.
const LONGEST_TEXT: usize = 80;

/// What a session began with, as a person recognises it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// About where it was.
    pub place: Option<String>,
    /// The browser, in a few words.
    pub browser: String,
}

/// How a session begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// By when its code has to be redeemed; `None` for a login.
    pub redeem_by: Option<Time>,
    /// Whether it rests on the person's consent to its client.
    pub needs_consent: bool,
}

/// Whether a session was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was: a cutoff from now on ends it.
    Yes,
    /// A cutoff has ended the login that it comes from.
    CutOff,
    /// The consent that it rests on was taken back.
    NoConsent,
}

/// A session, as a person recognises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSession {
    /// Its name.
    pub session: SessionId,
    /// What it is with; [`ClientId::site`] for a login on this site.
    pub client: ClientId,
    /// When it began.
    pub begun_at: Time,
    /// When it was last used, as far as that is known.
    pub seen_at: Time,
    /// When it ends at the latest.
    pub ends_at: Time,
    /// What it began with.
    pub device: Device,
}

/// Some of a person's sessions, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPage {
    /// The sessions.
    pub sessions: Vec<ListedSession>,
    /// Where the next page begins, if there are older ones.
    pub older: Option<Place>,
}

/// The indexes that know of a session.
fn indexes(record: &SessionRecord) -> (Index, Option<Index>) {
    (
        Index::Person(Owner::of(&record.subject)),
        record.provider_session.map(Index::ProviderSession),
    )
}

impl<P: Ports + PersonIndex> Listing<'_, P> {
    /// Asks every index that knows of a session; the first reply that is not [`Reply::Done`].
    async fn ask_all(
        &self,
        record: &SessionRecord,
        command: impl Fn(Index) -> Command,
    ) -> Result<Reply, Unavailable> {
        let (person, provider) = indexes(record);
        let other = async {
            match provider {
                Some(index) => self.ask(index, command(index)).await,
                None => Ok(Reply::Done),
            }
        };
        let (one, other) = future::join(self.ask(person, command(person)), other).await;
        match (one?, other?) {
            (Reply::Done, other) => Ok(other),
            (one, _) => Ok(one),
        }
    }

    /// Takes in a session whose coordinator is open, before anyone has its ticket or its code.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that it was, or where too many of this person's sessions are
    /// being ended: the ticket or the code must not be given out.
    pub async fn take_in(
        &self,
        record: &SessionRecord,
        device: &Device,
        begun: Begun,
    ) -> Result<Taken, Unavailable> {
        let owner = Owner::of(&record.subject);
        let new = NewSession {
            session: record.session,
            client: ClientKey::of(&record.client_id),
            begun_at: record.begun_at.unwrap_or(record.issued_at),
            since: record.issued_at,
            ends_at: record.ends_at.unwrap_or(record.expires_at),
            redeem_by: begun.redeem_by,
            needs_consent: begun.needs_consent,
            shown: self.shown(owner, record, device),
        };
        let command = |index| {
            Command::Put(match index {
                Index::Person(_) => new.clone(),
                // Nobody is shown this one, and only the person's own knows of consents.
                Index::ProviderSession(_) => NewSession {
                    needs_consent: false,
                    shown: Vec::new(),
                    ..new.clone()
                },
            })
        };
        match self.ask_all(record, command).await? {
            Reply::Done => Ok(Taken::Yes),
            Reply::CutOff => Ok(Taken::CutOff),
            Reply::NoConsent => Ok(Taken::NoConsent),
            Reply::Full => Err(Unavailable::new(
                Dependency::PersonIndex,
                "too many sessions of this person are being ended: try again in a minute",
            )),
            _ => Err(unexpected_reply()),
        }
    }

    /// The code of a session is about to be redeemed. Whether the session is still open.
    ///
    /// # Errors
    /// [`Unavailable`] where that could not be found out: the code must not be redeemed.
    pub async fn confirm(&self, record: &SessionRecord) -> Result<bool, Unavailable> {
        self.set_redeemed(record, None).await
    }

    /// The code was not redeemed after all, and can still be, until it expires.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that this is known. The session is listed then.
    pub async fn take_back_confirmation(&self, record: &SessionRecord) -> Result<(), Unavailable> {
        let redeem_by = Some(record.expires_at);
        self.set_redeemed(record, redeem_by).await.map(drop)
    }

    async fn set_redeemed(
        &self,
        record: &SessionRecord,
        redeem_by: Option<Time>,
    ) -> Result<bool, Unavailable> {
        let session = record.session;
        let command = |_| Command::Confirm { session, redeem_by };
        match self.ask_all(record, command).await? {
            Reply::Done => Ok(true),
            Reply::Unknown => Ok(false),
            _ => Err(unexpected_reply()),
        }
    }

    /// The session was used just now.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that this is known. It is listed as used earlier then.
    pub async fn seen(&self, owner: Owner, session: SessionId) -> Result<(), Unavailable> {
        let asked = self.ask(Index::Person(owner), Command::Seen(session));
        asked.await.map(drop)
    }

    /// The sessions of a person from `after` on, without what this isolate's copy of the log ends. What
    /// cannot be opened is left out.
    ///
    /// # Errors
    /// [`Unavailable`] where the index did not answer.
    pub async fn sessions(
        &self,
        subject: &str,
        after: Option<Place>,
    ) -> Result<ListedPage, Unavailable> {
        let index = Index::Person(Owner::of(subject));
        let Reply::Sessions(page) = self.ask(index, Command::Sessions(after)).await? else {
            return Err(unexpected_reply());
        };
        let last = page.rows.last().filter(|_| page.has_more);
        let older = last.map(|row| Place {
            since: row.since,
            session: row.session,
        });
        let rows = page.rows.iter();
        let sessions = rows.filter_map(|row| self.listed(subject, row)).collect();
        Ok(ListedPage { sessions, older })
    }

    /// A cutoff that the log has: its index ends what it ends.
    ///
    /// # Errors
    /// [`Unavailable`] where it is not certain that the index was told. The log keeps the cutoff then.
    pub async fn cut_off(
        &self,
        index: Index,
        entry: Entry,
        others_until: Time,
        logout: Option<([u8; 16], Time)>,
    ) -> Result<(), Unavailable> {
        let command = Command::CutOff {
            entry,
            others_until,
            logout,
        };
        match self.ask(index, command).await? {
            Reply::Done => Ok(()),
            _ => Err(unexpected_reply()),
        }
    }

    /// Whether a provider's logout token of this name was taken before.
    ///
    /// # Errors
    /// [`Unavailable`] where that could not be found out.
    pub async fn knows_logout(&self, index: Index, id: [u8; 16]) -> Result<bool, Unavailable> {
        match self.ask(index, Command::KnowsLogout(id)).await? {
            Reply::Done => Ok(true),
            Reply::Unknown => Ok(false),
            _ => Err(unexpected_reply()),
        }
    }

    fn shown(&self, owner: Owner, record: &SessionRecord, device: &Device) -> Vec<u8> {
        let ends_at = record.ends_at.unwrap_or(record.expires_at);
        let begun_at = record.begun_at.unwrap_or(record.issued_at);
        let item = json!({
            "c": record.client_id.as_str(),
            "b": begun_at.seconds(),
            "e": ends_at.seconds(),
            "p": device.place.as_deref().map(cut),
            "u": cut(&device.browser),
            "l": record.login.map(SessionId::to_base64url),
            "i": record.provider_session.map(|name| Base64UrlUnpadded::encode_string(&name)),
        });
        let key = session_key(owner, record.session);
        self.seal(Purpose::Session, &key, &item, ends_at)
    }

    /// What a row shows, unless it cannot be opened, or the log ends the session.
    fn listed(&self, subject: &str, row: &ListedRow) -> Option<ListedSession> {
        let key = session_key(Owner::of(subject), row.session);
        let item = self.open(Purpose::Session, &key, &row.shown)?;
        let time = |name| item.get(name)?.as_u64().map(Time::from_seconds);
        let string = |name| item.get(name).and_then(Value::as_str);
        let listed = ListedSession {
            session: row.session,
            client: string("c")?.parse().ok()?,
            begun_at: row.since,
            seen_at: row.seen_at,
            ends_at: time("e")?,
            device: Device {
                place: string("p").map(str::to_owned),
                browser: string("u")?.to_owned(),
            },
        };
        let name = string("i").and_then(|name| {
            let mut bytes = [0; 16];
            Base64UrlUnpadded::decode(name, &mut bytes).ok()?;
            Some(bytes)
        });
        let record = SessionRecord {
            login: string("l").and_then(SessionId::from_base64url),
            provider_session: name,
            begun_at: Some(time("b")?),
            ..SessionRecord::new(
                listed.session,
                listed.client.clone(),
                subject.to_owned(),
                listed.begun_at,
                listed.ends_at,
            )
        };
        // A session has no token of its own.
        let targets = TargetIds::of(TokenDigest::from_bytes([0; 32]), &record);
        (!self.resolver.log().knows_ended(&targets)).then_some(listed)
    }
}

/// The index that knows what a cutoff ends, if there is one.
#[must_use]
pub fn index_of(target: &Target) -> Option<Index> {
    match target {
        Target::Subject { subject, .. } => Some(Index::Person(Owner::of(subject))),
        Target::ProviderSession { name, .. } => Some(Index::ProviderSession(*name)),
        Target::Token(_)
        | Target::Session(_)
        | Target::Client { .. }
        | Target::Issuer { .. }
        | Target::ForeignToken(_)
        | Target::ForeignIssuer { .. } => None,
    }
}

/// As much of a text as is kept.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
