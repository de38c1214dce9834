//! What Postern seals and gives to others: it opens only if it comes back unchanged, and only for its own use.

use std::sync::LazyLock;

use postern::browser::{BrowserId, CookieName, FormUse, Purpose};
use postern::session::{RecordKey, SealedRecord, SessionRecord};
use postern::time::Time;
use postern::token::{KeyRing, PlainToken, Pointer, SessionId, TokenDigest, TokenKind, Unsealable};
use sha2::{Digest, Sha256};

use crate::Outcome;
use crate::input::{patched, text};

pub const ISSUER: &str = "https://auth.example.com";
pub const NONCE: [u8; 24] = [5; 24];

pub static RING: LazyLock<KeyRing> = LazyLock::new(|| {
    let pairs = [
        KeyRing::write_pair(1, &[9; 32]),
        KeyRing::write_pair(2, &[8; 32]),
    ];
    KeyRing::parse(&pairs.join(","), ISSUER).expect("it is a ring")
});

const POINTER: Pointer = Pointer {
    session: SessionId::from_bytes([3; 16]),
    issued_at: Time::from_seconds(1_000),
    expires_at: Time::from_seconds(2_000),
};

pub const NOW: Time = Time::from_seconds(1_500);

static TOKENS: LazyLock<Vec<(TokenKind, PlainToken)>> = LazyLock::new(|| {
    let kinds = TokenKind::ALL.into_iter();
    kinds
        .map(|kind| (kind, RING.seal(kind, &POINTER, NONCE)))
        .collect()
});

/// An access token of the ring.
pub fn access_token() -> PlainToken {
    RING.seal(TokenKind::Access, &POINTER, NONCE)
}

pub fn token(bytes: &[u8]) -> Outcome {
    for (_, genuine) in TOKENS.iter() {
        opens_if_genuine(&text(&patched(genuine.expose().as_bytes(), bytes)));
    }
    Outcome::of(opens_if_genuine(&text(bytes)))
}

fn opens_if_genuine(text: &str) -> bool {
    let mut opened = false;
    for kind in TokenKind::ALL {
        let is_genuine = TOKENS
            .iter()
            .any(|(other, token)| *other == kind && token.expose() == text);
        match RING.open(kind, text, NOW) {
            Ok(pointer) => {
                assert!(is_genuine, "a token that nobody sealed opens");
                assert_eq!(pointer, POINTER);
                opened = true;
            }
            Err(reason) => {
                assert!(!is_genuine, "a genuine token does not open: {reason:?}");
                assert_ne!(
                    reason,
                    Unsealable::Expired,
                    "a token that nobody sealed was genuine once"
                );
            }
        }
    }
    let token = PlainToken::new(text.to_owned());
    let kind = token.kind();
    assert_eq!(
        kind.is_some_and(|kind| text.starts_with(kind.prefix())),
        kind.is_some()
    );
    assert_eq!(
        RecordKey::of(&token).map_or(46, |key| key.as_str().len()),
        46
    );
    let digest = TokenDigest::of(&token);
    assert_eq!(
        TokenDigest::from_base64url(&digest.to_base64url()),
        Some(digest)
    );
    opened
}

pub fn token_seeds() -> Vec<Vec<u8>> {
    let tokens = TOKENS.iter();
    let mut seeds: Vec<_> = tokens
        .map(|(_, token)| token.expose().as_bytes().to_vec())
        .collect();
    // Changes to a genuine token: another last character, another kind, one character less.
    seeds.extend([
        b"\0\x5d\0B".to_vec(),
        b"\0\x04\0rt".to_vec(),
        b"\0\0\xc1p".to_vec(),
    ]);
    seeds
}

/// The payload of the note that the targets know.
const PAYLOAD: &[u8] = b"what was remembered";
const BOUND_TO: &str = "__Host-postern-login-abcdefgh";

fn genuine_note(purpose: Purpose) -> String {
    purpose.seal(&RING, BOUND_TO, PAYLOAD, POINTER.expires_at, NONCE)
}

pub fn note(bytes: &[u8]) -> Outcome {
    // Whatever the payload is, it comes back: for its purpose, from its place and in time.
    let until = POINTER.expires_at;
    // A place of its own: libFuzzer learns what it sees compared, notes of other payloads too, and sends it in.
    let own = format!("{:x?}", Sha256::digest(bytes));
    let sealed = Purpose::Session.seal_stored(&RING, &own, bytes, until, NONCE);
    let open = |purpose: Purpose, place: &str, now| purpose.open_stored(&RING, place, &sealed, now);
    assert_eq!(open(Purpose::Session, &own, NOW).as_deref(), Ok(bytes));
    assert_eq!(open(Purpose::Consent, &own, NOW), Err(Unsealable::Forged));
    assert_eq!(
        open(Purpose::Session, "elsewhere", NOW),
        Err(Unsealable::Forged)
    );
    assert_eq!(
        open(Purpose::Session, &own, until),
        Err(Unsealable::Expired)
    );
    // A change to it does not open, and neither does anything that nobody sealed.
    let changed = patched(&sealed, bytes);
    let opened = Purpose::Session.open_stored(&RING, &own, &changed, NOW);
    assert_eq!(opened.is_ok(), changed == sealed);
    let mut accepted = false;
    for purpose in Purpose::ALL {
        let genuine = genuine_note(purpose);
        for text in [text(bytes), text(&patched(genuine.as_bytes(), bytes))] {
            match purpose.open(&RING, BOUND_TO, &text, NOW) {
                Ok(payload) => {
                    assert!(text == genuine, "a note that nobody sealed opens");
                    assert_eq!(payload, PAYLOAD);
                    accepted |= text.as_bytes() == bytes;
                }
                Err(reason) => {
                    assert!(text != genuine, "a genuine note does not open: {reason:?}");
                    assert_ne!(reason, Unsealable::Expired);
                }
            }
        }
    }
    Outcome::of(accepted)
}

pub fn note_seeds() -> Vec<Vec<u8>> {
    let notes = Purpose::ALL.map(|purpose| genuine_note(purpose).into_bytes());
    notes
        .into_iter()
        .chain([Vec::new(), b"\0\x40\0A".to_vec()])
        .collect()
}

pub fn form_token(bytes: &[u8]) -> Outcome {
    let browser = BrowserId::new([1; 16]);
    let subject = text(bytes);
    let mut accepted = false;
    for form in FormUse::ALL {
        // A form about this subject counts for no other form, browser or subject.
        let token = form.issue(&RING, &browser, &subject, NOW, NONCE);
        let check = |form: FormUse, browser: &BrowserId, subject: &str, token: &str| {
            form.check(&RING, browser, subject, token, NOW).is_ok()
        };
        for other in FormUse::ALL {
            assert_eq!(check(other, &browser, &subject, &token), other == form);
        }
        assert!(!check(form, &BrowserId::new([2; 16]), &subject, &token));
        assert!(!check(form, &browser, &format!("{subject}\0"), &token));
        let changed = text(&patched(token.as_bytes(), bytes));
        assert_eq!(check(form, &browser, &subject, &changed), changed == token);
        // Anything that is sent as a token counts only if it is the genuine one.
        let genuine = form.issue(&RING, &browser, "", NOW, NONCE);
        let is_genuine = check(form, &browser, "", &subject);
        assert_eq!(is_genuine, subject == genuine);
        accepted |= is_genuine;
    }
    // The cookie that names a browser is taken only as Postern writes it.
    let header = format!("a=b; {}={subject}", CookieName::BROWSER);
    if let Some(read) = BrowserId::read(&header) {
        let value = CookieName::BROWSER.read(&header).expect("it was read");
        let set = read.set_cookie();
        assert!(
            set.starts_with(&format!("{}={value};", CookieName::BROWSER)),
            "{set}"
        );
        accepted = true;
    }
    Outcome::of(accepted)
}

pub fn form_token_seeds() -> Vec<Vec<u8>> {
    let browser = BrowserId::new([1; 16]);
    let tokens = FormUse::ALL.map(|form| form.issue(&RING, &browser, "", NOW, NONCE).into_bytes());
    let others = ["AAAAAAAAAAAAAAAAAAAAAA", "login\0a\0b", "subject-7"];
    tokens
        .into_iter()
        .chain(others.map(|other| other.as_bytes().to_vec()))
        .collect()
}

/// A sealed record opens only with its token, from its key and unchanged.
pub fn check_sealed_record(record: &SessionRecord, bytes: &[u8]) {
    let token = access_token();
    let key = RecordKey::of(&token).expect("it is a token");
    let sealed = SealedRecord::seal(record, &token, &RING);
    assert_eq!(sealed.open(&key, &token, &RING).as_ref(), Ok(record));
    let other = RING.seal(TokenKind::Access, &POINTER, [6; 24]);
    assert!(sealed.open(&key, &other, &RING).is_err());
    let elsewhere = RecordKey::of(&other).expect("it is a token");
    assert!(sealed.open(&elsewhere, &token, &RING).is_err());
    let changed = patched(sealed.as_bytes(), bytes);
    let opened = SealedRecord::from_store(changed.clone()).open(&key, &token, &RING);
    assert_eq!(opened.is_ok(), changed == sealed.as_bytes());
    assert!(
        SealedRecord::from_store(bytes.to_vec())
            .open(&key, &token, &RING)
            .is_err()
    );
}
