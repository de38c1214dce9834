//! How an index's commands and replies travel.
//!
//! ```text
//! command = 1 ( 0 new-session                              ; put
//!             / 1 session(16) [time]                       ; confirm
//!             / 2 session(16) / 3 session(16)              ; seen, forget
//!             / 4 [time session(16)]                       ; sessions
//!             / 5 entry(25) time [logout(16) time]         ; cut off
//!             / 6 logout(16)                               ; knows logout
//!             / 7 client(16) / 8                           ; consent, consents
//!             / 9 consent time mark(16)                    ; agree
//!             / 10 client(16) )                            ; withdraw
//! reply   = 1 ( 0 / 1 / 2 / 3 / 4 / 5     ; done, unknown, cut off, no consent, full, changed
//!             / 6 has-more(1) list-of-row                  ; sessions
//!             / 7 sealed                                   ; consent
//!             / 8 list-of-consent                          ; consents
//!             / 9 more(4) list-of-session(16) )            ; withdrawn
//! new-session = session(16) client(16) begun_at(8) since(8) ends_at(8) [redeem_by(8)]
//!               needs-consent(1) sealed
//! row         = session(16) since(8) seen_at(8) sealed
//! consent     = client(16) sealed
//! sealed      = length(4) bytes(length)
//! list-of-x   = count(4) *x
//! [x]         = 0 / 1 x
//! time        = milliseconds since the Unix epoch, 8 bytes
//! ```
//! Anything else reads as `None`.

use super::command::{
    ClientKey, Command, ListedRow, Mark, NewSession, NoteOfConsent, Page, Place, Reply,
};
use crate::revocation::Entry;
use crate::session::bytes::{Reader, Writer};

const FORMAT: u8 = 1;

fn write_optional<T>(out: &mut Writer, value: Option<T>, write: impl FnOnce(&mut Writer, T)) {
    out.kind(u8::from(value.is_some()));
    if let Some(value) = value {
        write(out, value);
    }
}

#[expect(
    clippy::option_option,
    reason = "what is absent reads well, and what cannot be read does not"
)]
fn read_optional<'a, T>(
    from: &mut Reader<'a>,
    read: impl FnOnce(&mut Reader<'a>) -> Option<T>,
) -> Option<Option<T>> {
    match from.kind()? {
        0 => Some(None),
        1 => read(from).map(Some),
        _ => None,
    }
}

fn read_flag(from: &mut Reader<'_>) -> Option<bool> {
    match from.kind()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn write_list<T>(out: &mut Writer, list: &[T], write: impl Fn(&mut Writer, &T)) {
    let count = u32::try_from(list.len()).expect("an index has a few thousand rows");
    out.bytes(&count.to_be_bytes());
    for item in list {
        write(out, item);
    }
}

fn read_list<'a, T>(
    from: &mut Reader<'a>,
    read: impl Fn(&mut Reader<'a>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = u32::from_be_bytes(from.array()?);
    let mut list = Vec::new();
    for _ in 0..count {
        list.push(read(from)?);
    }
    Some(list)
}

fn write_new_session(out: &mut Writer, new: &NewSession) {
    out.session(new.session);
    out.bytes(new.client.as_bytes());
    out.time(new.begun_at);
    out.time(new.since);
    out.time(new.ends_at);
    write_optional(out, new.redeem_by, Writer::time);
    out.kind(u8::from(new.needs_consent));
    out.sized(&new.shown);
}

fn read_new_session(from: &mut Reader<'_>) -> Option<NewSession> {
    Some(NewSession {
        session: from.session()?,
        client: read_client(from)?,
        begun_at: from.time()?,
        since: from.time()?,
        ends_at: from.time()?,
        redeem_by: read_optional(from, Reader::time)?,
        needs_consent: read_flag(from)?,
        shown: from.sized()?.to_vec(),
    })
}

fn read_client(from: &mut Reader<'_>) -> Option<ClientKey> {
    from.array().map(ClientKey::from_bytes)
}

fn write_consent(out: &mut Writer, consent: &NoteOfConsent) {
    out.bytes(consent.client.as_bytes());
    out.sized(&consent.note);
}

fn read_consent(from: &mut Reader<'_>) -> Option<NoteOfConsent> {
    Some(NoteOfConsent {
        client: read_client(from)?,
        note: from.sized()?.to_vec(),
    })
}

impl Command {
    /// The wire form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(FORMAT);
        match self {
            Self::Put(new) => {
                out.kind(0);
                write_new_session(&mut out, new);
            }
            Self::Confirm { session, redeem_by } => {
                out.kind(1);
                out.session(*session);
                write_optional(&mut out, *redeem_by, Writer::time);
            }
            Self::Seen(session) => {
                out.kind(2);
                out.session(*session);
            }
            Self::Forget(session) => {
                out.kind(3);
                out.session(*session);
            }
            Self::Sessions(place) => {
                out.kind(4);
                write_optional(&mut out, *place, |out, place| {
                    out.time(place.since);
                    out.session(place.session);
                });
            }
            Self::CutOff {
                entry,
                others_until,
                logout,
            } => {
                out.kind(5);
                out.bytes(&entry.to_bytes());
                out.time(*others_until);
                write_optional(&mut out, *logout, |out, (id, until)| {
                    out.bytes(&id);
                    out.time(until);
                });
            }
            Self::KnowsLogout(id) => {
                out.kind(6);
                out.bytes(id);
            }
            Self::Consent(client) => {
                out.kind(7);
                out.bytes(client.as_bytes());
            }
            Self::Consents => out.kind(8),
            Self::Agree {
                consent,
                until,
                known,
            } => {
                out.kind(9);
                write_consent(&mut out, consent);
                out.time(*until);
                out.bytes(known.as_bytes());
            }
            Self::Withdraw(client) => {
                out.kind(10);
                out.bytes(client.as_bytes());
            }
        }
        out.end()
    }

    /// The reverse.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes, FORMAT)?;
        let command = match from.kind()? {
            0 => Self::Put(read_new_session(&mut from)?),
            1 => Self::Confirm {
                session: from.session()?,
                redeem_by: read_optional(&mut from, Reader::time)?,
            },
            2 => Self::Seen(from.session()?),
            3 => Self::Forget(from.session()?),
            4 => Self::Sessions(read_optional(&mut from, |from| {
                Some(Place {
                    since: from.time()?,
                    session: from.session()?,
                })
            })?),
            5 => Self::CutOff {
                entry: Entry::from_bytes(&from.array::<25>()?)?,
                others_until: from.time()?,
                logout: read_optional(&mut from, |from| Some((from.array()?, from.time()?)))?,
            },
            6 => Self::KnowsLogout(from.array()?),
            7 => Self::Consent(read_client(&mut from)?),
            8 => Self::Consents,
            9 => Self::Agree {
                consent: read_consent(&mut from)?,
                until: from.time()?,
                known: Mark::from_bytes(from.array()?),
            },
            10 => Self::Withdraw(read_client(&mut from)?),
            _ => return None,
        };
        from.end(command)
    }
}

impl Reply {
    /// The wire form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(FORMAT);
        match self {
            Self::Done => out.kind(0),
            Self::Unknown => out.kind(1),
            Self::CutOff => out.kind(2),
            Self::NoConsent => out.kind(3),
            Self::Full => out.kind(4),
            Self::Changed => out.kind(5),
            Self::Sessions(page) => {
                out.kind(6);
                out.kind(u8::from(page.has_more));
                write_list(&mut out, &page.rows, |out, row| {
                    out.session(row.session);
                    out.time(row.since);
                    out.time(row.seen_at);
                    out.sized(&row.shown);
                });
            }
            Self::Consent(note) => {
                out.kind(7);
                out.sized(note);
            }
            Self::Consents(consents) => {
                out.kind(8);
                write_list(&mut out, consents, write_consent);
            }
            Self::Withdrawn { sessions, more } => {
                out.kind(9);
                out.bytes(&more.to_be_bytes());
                write_list(&mut out, sessions, |out, session| out.session(*session));
            }
        }
        out.end()
    }

    /// The reverse.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes, FORMAT)?;
        let reply = match from.kind()? {
            0 => Self::Done,
            1 => Self::Unknown,
            2 => Self::CutOff,
            3 => Self::NoConsent,
            4 => Self::Full,
            5 => Self::Changed,
            6 => Self::Sessions(Page {
                has_more: read_flag(&mut from)?,
                rows: read_list(&mut from, |from| {
                    Some(ListedRow {
                        session: from.session()?,
                        since: from.time()?,
                        seen_at: from.time()?,
                        shown: from.sized()?.to_vec(),
                    })
                })?,
            }),
            7 => Self::Consent(from.sized()?.to_vec()),
            8 => Self::Consents(read_list(&mut from, read_consent)?),
            9 => Self::Withdrawn {
                more: u32::from_be_bytes(from.array()?),
                sessions: read_list(&mut from, Reader::session)?,
            },
            _ => return None,
        };
        from.end(reply)
    }
}
