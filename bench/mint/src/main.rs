//! Mints tokens for the benchmark: what the token endpoint would issue and store, a hundred thousand of them in
//! seconds.
//!
//! ```text
//! POSTERN_KEYS=... postern-bench-mint ISSUER COUNT ISSUED_AT EXPIRES_AT
//! line = token TAB key-in-the-record-store TAB base64(sealed record)
//! ```
//! The times are seconds since 1970: an `EXPIRES_AT` in the past makes expired tokens, and keys that the Worker does
//! not have make forged ones.

use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use base64ct::{Base64, Encoding};
use postern::session::{RecordKey, SealedRecord, SessionRecord};
use postern::time::Time;
use postern::token::{KeyRing, PlainToken, Pointer, SessionId, TokenDigest, TokenKind};

const USAGE: &str = "usage: POSTERN_KEYS=... postern-bench-mint ISSUER COUNT ISSUED_AT EXPIRES_AT";

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
    let arguments: Vec<String> = std::env::args().skip(1).collect();
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
        let token = keys.seal(TokenKind::Access, &pointer, random());
        write_line(&mut out, &keys, &token, &record(issuer, at, &pointer)?)
            .map_err(|error| error.to_string())?;
    }
    out.flush().map_err(|error| error.to_string())
}

fn record(issuer: &str, at: u64, pointer: &Pointer) -> Result<SessionRecord, String> {
    let audience = issuer
        .parse()
        .map_err(|_| format!("the issuer {issuer} is no URI"))?;
    Ok(SessionRecord {
        session: pointer.session,
        client_id: "bench".parse().expect("a client id"),
        subject: format!("subject-{at}"),
        username: None,
        scope: "bench:read".parse().expect("a scope"),
        audiences: vec![audience],
        issued_at: pointer.issued_at,
        expires_at: pointer.expires_at,
        auth_time: None,
        amr: Vec::new(),
        acr: None,
        confirmation: None,
        claims: serde_json::Map::new(),
        login: None,
        upstream_session: None,
    })
}

fn write_line(
    out: &mut impl Write,
    keys: &KeyRing,
    token: &PlainToken,
    record: &SessionRecord,
) -> std::io::Result<()> {
    let key = RecordKey::access(TokenDigest::of(token));
    let sealed = SealedRecord::seal(record, token, keys);
    // Exposed to the load, which presents it.
    let text = token.expose();
    let value = Base64::encode_string(sealed.as_bytes());
    writeln!(out, "{text}\t{}\t{value}", key.as_str())
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
