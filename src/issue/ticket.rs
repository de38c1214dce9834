//! Tickets: what a person's browser holds of their login.
//!
//! A ticket lasts for `session_idle`, and its session for `session_lifetime`. Once half of its time is
//! used, the next request gets a new ticket, so a session that is used goes on without a write for each
//! request. The old one stays good until it expires: other tabs still send it.

use std::time::Duration;

use crate::config::Config;
use crate::ports::{Ports, Unavailable};
use crate::protocol::ClientId;
use crate::resolve::{CachedSession, Resolver};
use crate::session::SessionRecord;
use crate::session::coordinator::{Beginning, Command, Owner, Reply};
use crate::time::Time;
use crate::token::TokenKind;

use super::{Minted, new_session, times, unexpected_reply};

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
}

/// Opens a session for a person, and makes its first ticket.
///
/// # Errors
/// Every [`Unavailable`] that kept it from being recorded: nobody is logged in then.
pub async fn open<P: Ports>(
    person: LoggedIn,
    lifetimes: Lifetimes,
    resolver: &Resolver,
    ports: &P,
) -> Result<Minted, Vec<Unavailable>> {
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
        Reply::Done => Ok(ticket),
        _ => Err(vec![unexpected_reply()]),
    }
}

/// Whether a ticket has used up half of its time and could last longer, so that [`renew`] should be
/// asked for the next one.
#[must_use]
pub fn is_due(record: &SessionRecord, now: Time) -> bool {
    let lifetime = record.expires_at.since(record.issued_at);
    now.since(record.issued_at) >= lifetime / 2
        && record
            .ends_at
            .is_some_and(|ends_at| record.expires_at < ends_at)
}

/// Whether the caller should now [`renew`] the ticket of an opened session: it [`is_due`], and nobody is
/// at it in this isolate.
#[must_use]
pub fn begin_renewal(session: &CachedSession, now: Time) -> bool {
    is_due(session.record(), now) && session.begin_renewal()
}

/// The next ticket of a session; `None` where another request has just been given one, or the session
/// is over. The log is asked: a cutoff that the caller has not heard of yet would not end a ticket that
/// is issued after it.
///
/// # Errors
/// Every [`Unavailable`] that kept it from being recorded. Nobody is worse off: the ticket that they
/// have is still good.
pub async fn renew<P: Ports>(
    record: &SessionRecord,
    lifetimes: Lifetimes,
    resolver: &Resolver,
    ports: &P,
) -> Result<Option<Minted>, Vec<Unavailable>> {
    let (now, idle_until) = times(lifetimes.idle, ports);
    let renewed = SessionRecord {
        issued_at: now,
        expires_at: record.ends_at.map_or(idle_until, |end| end.min(idle_until)),
        ..record.clone()
    };
    let ticket = Minted::new(TokenKind::Ticket, renewed, resolver.keys(), ports);
    let is_ended = resolver
        .log()
        .is_ended(ports, record, ticket.digest())
        .await;
    if is_ended.map_err(|unavailable| vec![unavailable])? {
        return Ok(None);
    }
    match ticket
        .store(Command::Touch(ticket.to_command()), ports)
        .await?
    {
        Reply::Done => Ok(Some(ticket)),
        Reply::Recent | Reply::Unknown => Ok(None),
        _ => Err(vec![unexpected_reply()]),
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::fakes::{Fakes, Fault, START};
    use crate::issue::ending::announce;
    use crate::resolve::{Demand, Inactive, Resolution};
    use crate::revocation::Target;
    use crate::token::KeyRing;

    const LIFETIMES: Lifetimes = Lifetimes {
        idle: Duration::from_hours(1),
        absolute: Duration::from_hours(3),
    };
    const STRONG: Demand = Demand {
        max_staleness: Duration::ZERO,
        outage_grace: None,
    };

    fn resolver() -> Resolver {
        let pair = KeyRing::write_pair(1, &[9; 32]);
        let keys = KeyRing::parse(&pair, "https://auth.example.com").unwrap();
        Resolver::new(keys, 1 << 20, [7; 16])
    }

    fn ann() -> LoggedIn {
        LoggedIn {
            subject: "ann".to_owned(),
            amr: vec!["pwd".to_owned()],
            logout_note: b"kept".to_vec(),
            ..LoggedIn::default()
        }
    }

    fn opened(fakes: &Fakes) -> Minted {
        block_on(open(ann(), LIFETIMES, &resolver(), fakes)).unwrap_or_else(|e| panic!("{e:?}"))
    }

    fn renewed(fakes: &Fakes, ticket: &Minted) -> Option<Minted> {
        block_on(renew(ticket.record(), LIFETIMES, &resolver(), fakes))
            .unwrap_or_else(|e| panic!("{e:?}"))
    }

    fn counts(fakes: &Fakes, kind: TokenKind, ticket: &Minted) -> bool {
        let resolver = resolver();
        // Exposed to the resolver.
        let meaning = resolver.resolve(fakes, kind, ticket.token.expose(), &STRONG);
        match block_on(meaning) {
            Resolution::Active(active) => active.session.record() == ticket.record(),
            Resolution::Inactive(_) => false,
            Resolution::Unavailable(unavailable) => panic!("{unavailable}"),
        }
    }

    #[test]
    fn a_ticket_counts_as_a_ticket_alone() {
        let fakes = Fakes::default();
        let ticket = opened(&fakes);
        assert!(counts(&fakes, TokenKind::Ticket, &ticket));
        assert!(!counts(&fakes, TokenKind::Access, &ticket));
        // Not even from the cache.
        let resolver = resolver();
        let look = |kind| {
            // Exposed to the resolver.
            block_on(resolver.resolve(&fakes, kind, ticket.token.expose(), &STRONG))
        };
        assert!(matches!(look(TokenKind::Ticket), Resolution::Active(_)));
        assert!(matches!(
            look(TokenKind::Access),
            Resolution::Inactive(Inactive::Unsealable(_))
        ));
        assert_eq!(fakes.live_records().len(), 1);
        assert!(fakes.live_records()[0].starts_with("st:"));
        assert!(!fakes.dump().contains("ann"));
    }

    #[test]
    fn a_session_that_is_used_goes_on_until_its_absolute_end() {
        let fakes = Fakes::default();
        let mut ticket = opened(&fakes);
        let mut renewals = 0;
        for minute in 0..=179 {
            assert!(counts(&fakes, TokenKind::Ticket, &ticket), "{minute}");
            if is_due(ticket.record(), crate::ports::Clock::now(&fakes)) {
                ticket = renewed(&fakes, &ticket).expect("a minute has passed");
                renewals += 1;
            }
            fakes.advance(Duration::from_mins(1));
        }
        assert!(!counts(&fakes, TokenKind::Ticket, &ticket));
        assert_eq!(renewals, 4, "each half hour until the end is in reach");
    }

    #[test]
    fn a_session_that_is_not_used_ends() {
        let fakes = Fakes::default();
        let ticket = opened(&fakes);
        fakes.advance(Duration::from_mins(59));
        assert!(counts(&fakes, TokenKind::Ticket, &ticket));
        fakes.advance(Duration::from_mins(1));
        assert!(!counts(&fakes, TokenKind::Ticket, &ticket));
        assert!(renewed(&fakes, &ticket).is_none());
    }

    #[test]
    fn of_many_renewals_at_once_one_makes_a_ticket() {
        let fakes = Fakes::default();
        let ticket = opened(&fakes);
        fakes.advance(Duration::from_mins(30));
        let made = (0..10).filter_map(|_| renewed(&fakes, &ticket)).count();
        assert_eq!(made, 1);
    }

    #[test]
    fn of_a_pages_many_requests_one_renews() {
        let fakes = Fakes::default();
        let ticket = opened(&fakes);
        let resolver = resolver();
        let mut begun = Vec::new();
        for minute in 0..34 {
            for _ in 0..40 {
                // Exposed to the resolver.
                let meaning = block_on(resolver.resolve(
                    &fakes,
                    TokenKind::Ticket,
                    ticket.token.expose(),
                    &STRONG,
                ));
                let Resolution::Active(active) = meaning else {
                    panic!("{meaning:?}");
                };
                if begin_renewal(&active.session, crate::ports::Clock::now(&fakes)) {
                    begun.push(minute);
                }
            }
            fakes.advance(Duration::from_mins(1));
        }
        assert_eq!(begun, [30, 31, 32, 33], "once each time that it is opened");
    }

    #[test]
    fn a_renewal_that_fails_leaves_the_ticket_good() {
        for fault in Fault::FAILING {
            let fakes = Fakes::default();
            let ticket = opened(&fakes);
            fakes.advance(Duration::from_mins(30));
            fakes.calls.record_write.set_fault(fault);
            let renewed = block_on(renew(ticket.record(), LIFETIMES, &resolver(), &fakes));
            assert_eq!(renewed.err().map(|failures| failures.len()), Some(1));
            assert!(counts(&fakes, TokenKind::Ticket, &ticket));
        }
    }

    #[test]
    fn a_cutoff_that_this_isolate_has_not_heard_of_is_not_outlived_by_renewing() {
        let fakes = Fakes::default();
        let ticket = opened(&fakes);
        let here = resolver();
        block_on(here.log().follow(&fakes)).unwrap();
        fakes.advance(Duration::from_mins(30));
        let not_before = START.plus(Duration::from_mins(30));
        let target = Target::Subject {
            subject: "ann".to_owned(),
            not_before,
        };
        let until = START.plus(LIFETIMES.absolute);
        block_on(announce(&target, until, &resolver(), &fakes)).unwrap();
        fakes.advance(Duration::from_secs(4));
        let renewed = block_on(renew(ticket.record(), LIFETIMES, &here, &fakes)).unwrap();
        assert!(renewed.is_none());
        // And where the log does not answer there is no ticket either.
        for fault in Fault::FAILING {
            fakes.calls.since.set_fault(fault);
            let renewed = block_on(renew(ticket.record(), LIFETIMES, &here, &fakes));
            assert_eq!(renewed.err().map(|failures| failures.len()), Some(1));
        }
    }

    #[test]
    fn who_could_not_be_recorded_is_not_logged_in() {
        for fault in Fault::FAILING {
            for write in [true, false] {
                let fakes = Fakes::default();
                let calls = &fakes.calls;
                let call = if write {
                    &calls.record_write
                } else {
                    &calls.open
                };
                call.set_fault(fault);
                let opened = block_on(open(ann(), LIFETIMES, &resolver(), &fakes));
                assert_eq!(opened.err().map(|failures| failures.len()), Some(1));
            }
        }
    }
}
