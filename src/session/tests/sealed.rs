//! How a record is sealed.

use crate::fixtures::{hex, key_ring, record};
use crate::session::{RecordKey, SealedRecord, SessionRecord, Unreadable};
use crate::token::{KeyRing, PlainToken, TokenDigest};

fn ring(fill: u8) -> KeyRing {
    key_ring("https://a.example", &[(1, fill)])
}

fn open(
    sealed: &SealedRecord,
    token: &PlainToken,
    keys: &KeyRing,
) -> Result<SessionRecord, Unreadable> {
    sealed.open(&RecordKey::access(TokenDigest::of(token)), token, keys)
}

/// A token that the key 1 of any ring is named by.
fn token(text: &str) -> PlainToken {
    PlainToken::new(format!("pst_at_AQAA{text}"))
}

#[test]
fn record_format_unchanged() {
    let sealed = SealedRecord::seal(&record(), &token("example"), &ring(9));
    let hex = hex(sealed.as_bytes());
    assert_eq!(
        hex,
        "0365d42317dbff84da9281679c127e60796e9adaf7746114dfd74539c7c49e480d6044ef6795ab3b00fbeab11247fa8351056a6775284efd6f604d185e2712acd786fb8031c8e11bdd6ba4af05a4db18e8e71fefa65fcb606812f0ffb98222e7144ecce0ed51376331146faaa0432f913d0318f9"
    );
    let key = RecordKey::access(TokenDigest::of(&token("example")));
    assert_eq!(
        key.as_str(),
        "at:H5aJy_gnzNK1U5rMRx7Mcw7tLfEOcuzGMRU-uP0UHow"
    );
}

#[test]
fn opens_for_its_token_only() {
    let sealed = SealedRecord::seal(&record(), &token("a"), &ring(9));
    assert_eq!(open(&sealed, &token("a"), &ring(9)), Ok(record()));
    assert_eq!(open(&sealed, &token("b"), &ring(9)), Err(Unreadable));
    // With the token but without the sealing key, it can be neither read nor written.
    assert_eq!(open(&sealed, &token("a"), &ring(8)), Err(Unreadable));
    let other = PlainToken::new("pst_at_AgAAa".to_owned());
    assert_eq!(open(&sealed, &other, &ring(9)), Err(Unreadable));
    // Nor does it open where another token's record is kept.
    let elsewhere = RecordKey::access(TokenDigest::of(&token("b")));
    assert_eq!(
        sealed.open(&elsewhere, &token("a"), &ring(9)),
        Err(Unreadable)
    );
    assert_eq!(
        open(&sealed, &PlainToken::new(String::new()), &ring(9)),
        Err(Unreadable)
    );
}

#[test]
fn every_flipped_bit_and_every_cut_is_seen() {
    let token = token("a");
    let bytes = SealedRecord::seal(&record(), &token, &ring(9))
        .as_bytes()
        .to_vec();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            open(&SealedRecord::from_store(flipped), &token, &ring(9)),
            Err(Unreadable),
            "bit {bit}"
        );
    }
    for length in 0..bytes.len() {
        let cut = SealedRecord::from_store(bytes[..length].to_vec());
        assert_eq!(
            open(&cut, &token, &ring(9)),
            Err(Unreadable),
            "{length} bytes"
        );
    }
}

#[test]
fn a_sealed_record_shows_nothing() {
    let sealed = SealedRecord::seal(&record(), &token("a"), &ring(9));
    let text = String::from_utf8_lossy(sealed.as_bytes()).into_owned();
    assert!(!text.contains("reports") && !text.contains("orders"));
    assert!(!format!("{sealed:?}").contains("reports"));
}
