//! Sealing and opening tokens.

use base64ct::{Base64UrlUnpadded, Encoding};
use proptest::prelude::*;

use crate::fixtures::key_ring as ring;
use crate::time::Time;
use crate::token::seal::TOKEN_LENGTH;
use crate::token::{KeyRing, Pointer, SessionId, TokenKind, Unsealable};

const ISSUER: &str = "https://auth.example.com";

fn pointer() -> Pointer {
    Pointer {
        session: SessionId::from_bytes([3; 16]),
        issued_at: Time::from_seconds(1_000),
        expires_at: Time::from_seconds(2_000),
    }
}

fn at(seconds: u64) -> Time {
    Time::from_seconds(seconds)
}

#[test]
fn token_format_unchanged() {
    let token = ring(ISSUER, &[(1, 9)]).seal(TokenKind::Access, &pointer(), [5; 24]);
    assert_eq!(
        token.expose(),
        "pst_at_AQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBcfFd5O0BaGyzlhCW-qwdhgWijC55dwX7otcOggI7uEoJnuzudhDS7w"
    );
    assert_eq!(token.expose().len(), TOKEN_LENGTH);
    let again = ring(ISSUER, &[(2, 1), (1, 9)]);
    assert_eq!(
        again.open(TokenKind::Access, token.expose(), at(1_500)),
        Ok(pointer())
    );
}

#[test]
fn expires_at_equality() {
    let ring = ring(ISSUER, &[(1, 9)]);
    let token = ring.seal(TokenKind::Access, &pointer(), [5; 24]);
    let open = |millis| ring.open(TokenKind::Access, token.expose(), Time::from_millis(millis));
    assert_eq!(open(1_999_999), Ok(pointer()));
    assert_eq!(open(2_000_000), Err(Unsealable::Expired));
}

#[test]
fn the_sealing_matrix() {
    let sealer = ring(ISSUER, &[(1, 9)]);
    let token = sealer.seal(TokenKind::Access, &pointer(), [5; 24]);
    let text = token.expose().as_str();
    let now = at(1_500);
    let open = |ring: &KeyRing, kind, text: &str| ring.open(kind, text, now);
    let access = TokenKind::Access;
    assert_eq!(
        open(&ring(ISSUER, &[(1, 8)]), access, text),
        Err(Unsealable::Forged)
    );
    assert_eq!(
        open(&ring(ISSUER, &[(2, 9)]), access, text),
        Err(Unsealable::UnknownKey)
    );
    assert_eq!(
        open(&ring("https://other.example", &[(1, 9)]), access, text),
        Err(Unsealable::Forged)
    );
    // Another kind: by its prefix, and with the prefix exchanged.
    for kind in [TokenKind::Refresh, TokenKind::Code, TokenKind::Ticket] {
        assert_eq!(open(&sealer, kind, text), Err(Unsealable::Malformed));
        let renamed = text.replace(access.prefix(), kind.prefix());
        assert_eq!(open(&sealer, kind, &renamed), Err(Unsealable::Forged));
    }
    for bad in [
        "",
        "pst_at_",
        &text[1..],
        &text[..text.len() - 1],
        &format!("{text}A"),
    ] {
        assert_eq!(
            open(&sealer, access, bad),
            Err(Unsealable::Malformed),
            "{bad:?}"
        );
    }
    let padded = format!("{}=", &text[..text.len() - 1]);
    assert_eq!(open(&sealer, access, &padded), Err(Unsealable::Malformed));
}

#[test]
fn every_flipped_bit_is_seen() {
    let sealer = ring(ISSUER, &[(1, 9)]);
    let token = sealer.seal(TokenKind::Access, &pointer(), [5; 24]);
    let body = Base64UrlUnpadded::decode_vec(&token.expose()[7..]).unwrap();
    for bit in 0..body.len() * 8 {
        let mut flipped = body.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let text = format!("pst_at_{}", Base64UrlUnpadded::encode_string(&flipped));
        let expected = if bit < 8 {
            Unsealable::UnknownKey
        } else {
            Unsealable::Forged
        };
        let opened = sealer.open(TokenKind::Access, &text, at(1_500));
        assert_eq!(opened, Err(expected), "bit {bit}");
    }
}

#[test]
fn the_last_character_has_one_spelling() {
    // 65 bytes leave two spare bits in the last character: they must be zero.
    let sealer = ring(ISSUER, &[(1, 9)]);
    let token = sealer.seal(TokenKind::Access, &pointer(), [5; 24]);
    let text = token.expose().as_str();
    let (head, last) = text.split_at(text.len() - 1);
    let accepted: Vec<char> = ('0'..='z')
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .chain(['-'])
        .filter(|c| {
            sealer
                .open(TokenKind::Access, &format!("{head}{c}"), at(1_500))
                .is_ok()
        })
        .collect();
    assert_eq!(accepted, last.chars().collect::<Vec<_>>());
}

#[test]
fn debug_shows_no_token() {
    let token = ring(ISSUER, &[(1, 9)]).seal(TokenKind::Access, &pointer(), [5; 24]);
    assert_eq!(format!("{token:?}"), "PlainToken(Secret(..))");
}

proptest! {
    #[test]
    fn opening_never_panics(text in "\\PC{0,120}") {
        let _ = ring(ISSUER, &[(1, 9)]).open(TokenKind::Access, &text, at(0));
    }

    #[test]
    fn what_was_sealed_is_opened(session: [u8; 16], issued in 0..u32::MAX, nonce: [u8; 24]) {
        let ring = ring(ISSUER, &[(1, 9)]);
        let pointer = Pointer {
            session: SessionId::from_bytes(session),
            issued_at: at(u64::from(issued)),
            expires_at: at(u64::from(issued) + 1),
        };
        let token = ring.seal(TokenKind::Refresh, &pointer, nonce);
        prop_assert_eq!(ring.open(TokenKind::Refresh, token.expose(), at(u64::from(issued))), Ok(pointer));
    }
}
