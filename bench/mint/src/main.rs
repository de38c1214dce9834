//! Mints tokens for the benchmark: what the token endpoint would issue and store, a hundred thousand of them in
//! seconds. The tests on workerd mint tickets with it.
//!
//! ```text
//! POSTERN_KEYS=... postern-bench-mint [--ticket] ISSUER COUNT ISSUED_AT EXPIRES_AT
//! line = token TAB key-in-the-record-store TAB base64(sealed record) [TAB session TAB base64(open) TAB base64(end)]
//! ```
//! With `--ticket` each is the ticket of a person's login session, which may go on for a day after `EXPIRES_AT`. What
//! the coordinator of that session is asked to begin and to end it comes with it. The times are seconds since 1970: an `EXPIRES_AT` in the past makes expired tokens, and keys that the Worker does
//! not have make forged ones.

use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use postern::protocol::ClientId;
use postern::session::coordinator::{Beginning, Command, NewToken, Owner};
use postern::session::{RecordKey, SealedRecord, SessionRecord};
use postern::time::Time;
use postern::token::{KeyRing, PlainToken, Pointer, SessionId, TokenDigest, TokenKind};

const USAGE: &str =
    "usage: POSTERN_KEYS=... postern-bench-mint [--ticket] ISSUER COUNT ISSUED_AT EXPIRES_AT";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let kind = if arguments.first().is_some_and(|first| first == "--ticket") {
        arguments.remove(0);
        TokenKind::Ticket
    } else {
        TokenKind::Access
    };
    let [issuer, count, issued_at, expires_at] = arguments.as_slice() else {
        return Err(USAGE.to_owned());
    };
    let count = number(count)?;
    let issued_at = Time::from_seconds(number(issued_at)?);
    let expires_at = Time::from_seconds(number(expires_at)?);
    let keys = std::env::var("POSTERN_KEYS").map_err(|_| USAGE.to_owned())?;
    let keys = KeyRing::parse(&keys, issuer).map_err(|error| format!("POSTERN_KEYS {error}"))?;

    let mut out = BufWriter::new(stdout().lock());
    for at in 0..count {
        let pointer = Pointer {
            session: SessionId::from_bytes(random()),
            issued_at,
            expires_at,
        };
        let token = keys.seal(kind, &pointer, random());
        let record = match kind {
            TokenKind::Ticket => login(at, &pointer),
            _ => record(issuer, at, &pointer)?,
        };
        write_line(&mut out, &keys, kind, &token, &record).map_err(|error| error.to_string())?;
    }
    out.flush().map_err(|error| error.to_string())
}

fn record(issuer: &str, at: u64, pointer: &Pointer) -> Result<SessionRecord, String> {
    let audience = issuer
        .parse()
        .map_err(|_| format!("the issuer {issuer} is no URI"))?;
    Ok(SessionRecord {
        scope: "bench:read".parse().expect("a scope"),
        audiences: vec![audience],
        ..SessionRecord::new(
            pointer.session,
            "bench".parse().expect("a client id"),
            format!("subject-{at}"),
            pointer.issued_at,
            pointer.expires_at,
        )
    })
}

/// What a person's login makes.
fn login(at: u64, pointer: &Pointer) -> SessionRecord {
    SessionRecord {
        auth_time: Some(pointer.issued_at),
        amr: vec!["pwd".to_owned()],
        ends_at: Some(pointer.expires_at.plus(Duration::from_hours(24))),
        begun_at: Some(pointer.issued_at),
        ..SessionRecord::new(
            pointer.session,
            ClientId::site(),
            format!("person-{at}"),
            pointer.issued_at,
            pointer.expires_at,
        )
    }
}

fn write_line(
    out: &mut impl Write,
    keys: &KeyRing,
    kind: TokenKind,
    token: &PlainToken,
    record: &SessionRecord,
) -> std::io::Result<()> {
    let digest = TokenDigest::of(token);
    let key = RecordKey::new(kind, digest);
    let sealed = SealedRecord::seal(record, token, keys);
    // Exposed to whoever presents it.
    let text = token.expose();
    let value = Base64::encode_string(sealed.as_bytes());
    write!(out, "{text}\t{}\t{value}", key.as_str())?;
    if let Some(ends_at) = record.ends_at {
        let session = record.session;
        let owner = Owner::of(&record.subject);
        let open = Command::Open {
            beginning: Beginning {
                session,
                owner,
                ends_at,
            },
            ticket: NewToken {
                kind,
                digest,
                client: record.client_id.clone(),
                expires_at: record.expires_at,
                record: sealed,
            },
            logout_note: Vec::new(),
        };
        let end = Command::End {
            session,
            owner: None,
        };
        let [open, end] = [open, end].map(|command| Base64::encode_string(&command.to_bytes()));
        write!(out, "\t{}\t{open}\t{end}", session.to_base64url())?;
    }
    writeln!(out)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the benchmark mints outside any Worker, so it draws its own randomness"
)]
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
}

fn number(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("{text} is no number\n{USAGE}"))
}
