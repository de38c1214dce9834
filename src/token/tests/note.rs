//! Sealing and opening notes.

use base64ct::{Base64UrlUnpadded, Encoding};
use proptest::prelude::*;

use crate::fixtures::{hex, key_ring as ring};
use crate::time::Time;
use crate::token::note::NOTE_OVERHEAD;
use crate::token::{KeyRing, Pointer, SessionId, TokenKind, Unsealable};

const ISSUER: &str = "https://auth.example.com";

fn at(millis: u64) -> Time {
    Time::from_millis(millis)
}

/// A note of "payload", for "test", bound to "this", good until 2000.
fn note() -> Vec<u8> {
    ring(ISSUER, &[(1, 9)]).seal_note_bytes("test", "this", b"payload", at(2_000), [5; 24])
}

#[test]
fn note_format_unchanged() {
    assert_eq!(
        hex(&note()),
        "0101050505050505050505050505050505050505050505050505bf8ed2c3fd80d7d6688b73f5aa684278939a1a66210cc69f07cc49129b31d1"
    );
    assert_eq!(note().len(), NOTE_OVERHEAD + "payload".len());
    let text = ring(ISSUER, &[(1, 9)]).seal_note("test", "this", b"payload", at(2_000), [5; 24]);
    assert_eq!(text, Base64UrlUnpadded::encode_string(&note()));
    let rotated = ring(ISSUER, &[(2, 1), (1, 9)]);
    let opened = rotated.open_note("test", "this", &text, at(1_999));
    assert_eq!(opened.as_deref(), Ok(&b"payload"[..]));
}

#[test]
fn a_note_expires_at_equality() {
    let ring = ring(ISSUER, &[(1, 9)]);
    let open = |millis| ring.open_note_bytes("test", "this", &note(), at(millis));
    assert!(open(1_999).is_ok());
    assert_eq!(open(2_000), Err(Unsealable::Expired));
}

#[test]
fn the_matrix_of_notes() {
    let open = |ring: &KeyRing, purpose, bound_to, note: &[u8]| {
        ring.open_note_bytes(purpose, bound_to, note, at(1_000))
    };
    let own = ring(ISSUER, &[(1, 9)]);
    let note = note();
    assert!(open(&own, "test", "this", &note).is_ok());
    let forged = Err(Unsealable::Forged);
    assert_eq!(
        open(&ring(ISSUER, &[(1, 8)]), "test", "this", &note),
        forged
    );
    let elsewhere = ring("https://other.example", &[(1, 9)]);
    assert_eq!(open(&elsewhere, "test", "this", &note), forged);
    assert_eq!(
        open(&ring(ISSUER, &[(2, 9)]), "test", "this", &note),
        Err(Unsealable::UnknownKey)
    );
    for (purpose, bound_to) in [
        ("tes", "this"),
        ("test2", "this"),
        ("", "this"),
        ("test", "that"),
        ("test", ""),
    ] {
        assert_eq!(open(&own, purpose, bound_to, &note), forged);
    }
    let longer = [&note[..], &[0]].concat();
    assert_eq!(open(&own, "test", "this", &longer), forged);
    for length in 0..note.len() {
        let expected = if length < NOTE_OVERHEAD {
            Unsealable::Malformed
        } else {
            Unsealable::Forged
        };
        let opened = open(&own, "test", "this", &note[..length]);
        assert_eq!(opened, Err(expected), "{length} bytes");
    }
}

#[test]
fn every_flipped_bit_of_a_note_is_seen() {
    let ring = ring(ISSUER, &[(1, 9)]);
    let note = note();
    for bit in 0..note.len() * 8 {
        let mut flipped = note.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let expected = match bit / 8 {
            0 => Unsealable::Malformed,
            1 => Unsealable::UnknownKey,
            _ => Unsealable::Forged,
        };
        let opened = ring.open_note_bytes("test", "this", &flipped, at(1_000));
        assert_eq!(opened, Err(expected), "bit {bit}");
    }
}

#[test]
fn a_note_and_a_token_are_sealed_with_different_keys() {
    let ring = ring(ISSUER, &[(1, 9)]);
    let key = ring.sealing_key();
    assert_ne!(key.bytes, key.notes);
    let pointer = Pointer {
        session: SessionId::from_bytes([3; 16]),
        issued_at: Time::from_seconds(1),
        expires_at: Time::from_seconds(2_000),
    };
    let token = ring.seal(TokenKind::Ticket, &pointer, [5; 24]);
    let body = Base64UrlUnpadded::decode_vec(&token.expose()[7..]).unwrap();
    let as_note = [&[note()[0]], &body[..]].concat();
    let opened = ring.open_note_bytes("pst_st_", "", &as_note, at(0));
    assert_eq!(opened, Err(Unsealable::Forged));
}

#[test]
fn a_note_shows_nothing() {
    assert!(!String::from_utf8_lossy(&note()).contains("payload"));
}

proptest! {
    #[test]
    fn opening_a_note_never_panics(text in "[A-Za-z0-9_=-]{0,90}", bytes: Vec<u8>) {
        let ring = ring(ISSUER, &[(1, 9)]);
        let _ = ring.open_note("test", "", &text, at(0));
        let _ = ring.open_note_bytes("test", "", &bytes, at(0));
    }

    #[test]
    fn a_note_that_was_sealed_is_opened(payload: Vec<u8>, bound_to: String, nonce: [u8; 24]) {
        let ring = ring(ISSUER, &[(1, 9)]);
        let text = ring.seal_note("test", &bound_to, &payload, at(1), nonce);
        prop_assert_eq!(ring.open_note("test", &bound_to, &text, at(0)), Ok(payload));
    }
}
