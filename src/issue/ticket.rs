//! Tickets: what a person's browser holds of their login.
//!
//! A ticket lasts for `session_idle`, and its session for `session_lifetime`.

use std::time::Duration;

use crate::config::Config;
use crate::listing::{Begun, Device, Listing, Taken};
use crate::ports::{Dependency, PersonIndex, Ports, Unavailable};
use crate::protocol::ClientId;
use crate::resolve::Resolver;
use crate::session::SessionRecord;
use crate::session::coordinator::{Beginning, Command, Owner, Reply};
use crate::time::Time;
use crate::token::TokenKind;

use super::minted::{Minted, new_session, times, unexpected_reply};

/// How long logins last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Without a request.
    pub idle: Duration,
    /// At the most.
    pub absolute: Duration,
}

impl Lifetimes {
    /// What the configuration says of them.
    #[must_use]
    pub const fn of(config: &Config) -> Self {
        Self {
            idle: config.session_idle,
            absolute: config.session_lifetime,
        }
    }
}

/// Who logged in, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedIn {
    /// The subject (`sub`).
    pub subject: String,
    /// A name for people.
    pub username: Option<String>,
    /// When they proved who they are, where it was not just now.
    pub auth_time: Option<Time>,
    /// How (`amr`, RFC 8176).
    pub amr: Vec<String>,
    /// The class of that proof (`acr`).
    pub acr: Option<String>,
    /// Further claims.
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// A hash that names their session at the identity provider.
    pub provider_session: Option<[u8; 16]>,
    /// What to give back when the session ends, sealed.
    pub logout_note: Vec<u8>,
    /// What they logged in with.
    pub device: Device,
}

/// Opens a session for a person, and makes its first ticket.
///
/// The coordinator comes before the index: a cutoff that the index hears of ends what is in it at the
/// coordinator, which must know the session by then. Nobody has the ticket until both do.
///
/// # Errors
/// [`Unavailable`] where that kept it from being recorded, or a cutoff came meanwhile: nobody is logged in
/// then.
pub async fn open<P: Ports + PersonIndex>(
    person: LoggedIn,
    lifetimes: Lifetimes,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Result<Minted, Unavailable> {
    let (now, ends_at) = times(lifetimes.absolute, ports);
    let (_, idle_until) = times(lifetimes.idle, ports);
    let session = new_session(ports);
    let beginning = Beginning {
        session,
        owner: Owner::of(&person.subject),
        ends_at,
    };
    let record = SessionRecord {
        username: person.username,
        auth_time: Some(person.auth_time.unwrap_or(now)),
        amr: person.amr,
        acr: person.acr,
        claims: person.claims,
        provider_session: person.provider_session,
        ends_at: Some(ends_at),
        begun_at: Some(now),
        ..SessionRecord::new(
            session,
            ClientId::site(),
            person.subject,
            now,
            idle_until.min(ends_at),
        )
    };
    let ticket = Minted::new(TokenKind::Ticket, record, resolver.keys(), ports);
    let open = Command::Open {
        beginning,
        ticket: ticket.to_command(),
        logout_note: person.logout_note,
    };
    match ticket.store(open, ports).await? {
        Reply::Done => {}
        _ => return Err(unexpected_reply()),
    }
    let taken = Listing::new(resolver, ports)
        .take_in(ticket.record(), &person.device, Begun::default())
        .await;
    let cause = match taken {
        Ok(Taken::Yes) => return Ok(ticket),
        Ok(Taken::CutOff | Taken::NoConsent) => Unavailable::new(
            Dependency::PersonIndex,
            "everything of this person was ended while they were logging in",
        ),
        Err(cause) => cause,
    };
    // Nobody has its ticket. If this fails too, it ends by itself.
    let end = Command::End {
        session,
        owner: None,
    };
    let _ = ports.ask(session, end).await;
    Err(cause)
}
