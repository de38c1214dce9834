//! What happens while a lookup waits.

use super::*;

#[test]
fn a_revocation_that_overtakes_a_lookup_is_seen_by_it() {
    // The record is slow, the log is quick, and the revocation comes in between: the token may
    // pass, as the lookup began before. But the next strong check refuses it.
    let fakes = Fakes::default();
    let resolver = resolver();
    let token = issue(&fakes, 1);
    fakes.calls.record_read.set_delay(5);
    let lookup = resolver.resolve(&fakes, TokenKind::Access, token.expose(), &STRONG);
    let target = Target::Token(TokenDigest::of(&token));
    let entry = Entry::new(&target, START.plus(Duration::from_hours(1)));
    let revocation = async {
        fakes.append(&entry).await.unwrap();
        resolver.log().learn_revoked(&entry);
    };
    let (resolution, ()) = block_on(future::join(lookup, revocation));
    assert_eq!(
        outcome(resolution),
        REVOKED,
        "this isolate knew before it answered"
    );
    assert_eq!(ask(&resolver, &fakes, &token, &STRONG), REVOKED);
}

#[test]
fn many_at_once_agree() {
    let fakes = Fakes::default();
    let resolver = resolver();
    let tokens: Vec<PlainToken> = (0..50).map(|seed| issue(&fakes, seed)).collect();
    revoke(&fakes, &tokens[7]);
    fakes.calls.since.set_delay(3);
    fakes.calls.record_read.set_delay(2);
    let lookups = tokens
        .iter()
        .map(|token| resolver.resolve(&fakes, TokenKind::Access, token.expose(), &STRONG));
    for (n, resolution) in block_on(future::join_all(lookups)).into_iter().enumerate() {
        let expected = if n == 7 { REVOKED } else { Outcome::Active };
        assert_eq!(outcome(resolution), expected, "token {n}");
    }
}
