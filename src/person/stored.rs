//! How an index is stored: one row for each thing that it knows, so that a change writes little.
//!
//! ```text
//! row     = key value
//! session = 0 session(16)
//!           1 client(16) begun_at(8) since(8) seen_at(8) ends_at(8) phase at(8) failed(1) sealed
//! phase   = 0 / 1 / 2               ; offered until `at`, shown, ending with the next try at `at`
//! consent = 1 client(16)
//!           1 agreed_at(8) until(8) sealed
//! logout  = 2 id(16)
//!           1 until(8)
//! cutoff  = 3
//!           1 entry(25) others_until(8) step at(8) failed(1)
//! step    = 0 / 1                   ; open with the next try at `at`, released and forgotten at `at`
//! sealed  = length(4) bytes(length)
//! ```
//! Instants are in milliseconds since the Unix epoch. Anything else reads as `None`.

use std::collections::BTreeMap;

use super::command::ClientKey;
use super::state::{Consent, Cutoff, Phase, Retry, Session, State, Step};
use crate::revocation::Entry;
use crate::session::bytes::{Reader, Writer};
use crate::time::Time;

const FORMAT: u8 = 1;

/// The rows of an index.
pub type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

fn key(kind: u8, id: &[u8]) -> Vec<u8> {
    let mut key = vec![kind];
    key.extend_from_slice(id);
    key
}

impl State {
    /// Its rows.
    #[must_use]
    pub fn to_rows(&self) -> Rows {
        let sessions = self.sessions.iter();
        let sessions = sessions.map(|(id, session)| (key(0, id), write_session(session)));
        let consents = self.consents.iter();
        let consents =
            consents.map(|(id, consent)| (key(1, id.as_bytes()), write_consent(consent)));
        let logouts = self.logouts.iter().map(|(id, until)| {
            let mut out = Writer::new(FORMAT);
            out.time(*until);
            (key(2, id), out.end())
        });
        let cutoff = self.cutoff.iter();
        let cutoff = cutoff.map(|cutoff| (key(3, &[]), write_cutoff(cutoff)));
        // One by one: collected, they would be sorted, which is four kilobytes of the Worker.
        let mut rows = Rows::new();
        for (key, value) in sessions.chain(consents).chain(logouts).chain(cutoff) {
            rows.insert(key, value);
        }
        rows
    }

    /// The reverse; `None` where one of them is not one that is known.
    #[must_use]
    pub fn from_rows<'r>(rows: impl IntoIterator<Item = (&'r [u8], &'r [u8])>) -> Option<Self> {
        let mut state = Self::default();
        for (key, value) in rows {
            let (kind, id) = key.split_first()?;
            let mut from = Reader::new(value, FORMAT)?;
            match kind {
                0 => {
                    let session = read_session(&mut from)?;
                    state.sessions.insert(id.try_into().ok()?, session);
                }
                1 => {
                    let client = ClientKey::from_bytes(id.try_into().ok()?);
                    state.consents.insert(client, read_consent(&mut from)?);
                }
                2 => {
                    state.logouts.insert(id.try_into().ok()?, from.time()?);
                }
                3 if id.is_empty() => state.cutoff = Some(read_cutoff(&mut from)?),
                _ => return None,
            }
            from.end(())?;
        }
        Some(state)
    }
}

fn write_session(session: &Session) -> Vec<u8> {
    let mut out = Writer::new(FORMAT);
    out.bytes(session.client.as_bytes());
    out.time(session.begun_at);
    out.time(session.since);
    out.time(session.seen_at);
    out.time(session.ends_at);
    let (phase, retry) = match session.phase {
        Phase::Offered { until } => (0, Retry::now(until)),
        Phase::Live => (1, Retry::now(Time::from_millis(0))),
        Phase::Ending(retry) => (2, retry),
    };
    out.kind(phase);
    write_retry(&mut out, retry);
    out.sized(&session.shown);
    out.end()
}

fn read_session(from: &mut Reader<'_>) -> Option<Session> {
    Some(Session {
        client: ClientKey::from_bytes(from.array()?),
        begun_at: from.time()?,
        since: from.time()?,
        seen_at: from.time()?,
        ends_at: from.time()?,
        phase: match (from.kind()?, read_retry(from)?) {
            (0, Retry { at: until, .. }) => Phase::Offered { until },
            (1, _) => Phase::Live,
            (2, retry) => Phase::Ending(retry),
            _ => return None,
        },
        shown: from.sized()?.to_vec(),
    })
}

fn write_retry(out: &mut Writer, retry: Retry) {
    out.time(retry.at);
    out.kind(retry.failed);
}

fn read_retry(from: &mut Reader<'_>) -> Option<Retry> {
    Some(Retry {
        at: from.time()?,
        failed: from.kind()?,
    })
}

fn write_consent(consent: &Consent) -> Vec<u8> {
    let mut out = Writer::new(FORMAT);
    out.time(consent.agreed_at);
    out.time(consent.until);
    out.sized(&consent.note);
    out.end()
}

fn read_consent(from: &mut Reader<'_>) -> Option<Consent> {
    Some(Consent {
        agreed_at: from.time()?,
        until: from.time()?,
        note: from.sized()?.to_vec(),
    })
}

fn write_cutoff(cutoff: &Cutoff) -> Vec<u8> {
    let mut out = Writer::new(FORMAT);
    out.bytes(&cutoff.entry.to_bytes());
    out.time(cutoff.others_until);
    let (step, retry) = match cutoff.step {
        Step::Open(retry) => (0, retry),
        Step::Released { forget_at } => (1, Retry::now(forget_at)),
    };
    out.kind(step);
    write_retry(&mut out, retry);
    out.end()
}

fn read_cutoff(from: &mut Reader<'_>) -> Option<Cutoff> {
    Some(Cutoff {
        entry: Entry::from_bytes(&from.array::<25>()?)?,
        others_until: from.time()?,
        step: match (from.kind()?, read_retry(from)?) {
            (0, retry) => Step::Open(retry),
            (1, Retry { at: forget_at, .. }) => Step::Released { forget_at },
            _ => return None,
        },
    })
}
