//! Logins.

use super::*;

#[test]
fn a_login_is_touched_once_a_minute() {
    let touch = |digest| Command::Touch(new_token(TokenKind::Ticket, digest));
    assert_eq!(ask(&opened(), touch(D2), 1_059), Reply::Recent);
    let (state, reply) = opened().apply(touch(D2), at(1_060));
    assert_eq!(reply, Reply::Done);
    assert_eq!(ask(&state, touch(D2), 1_061), Reply::Done, "a retry");
    assert_eq!(
        ask(&state, Command::Read(D2), 1_061),
        Reply::Record(record())
    );
    assert_eq!(ask(&redeemed(), touch(D2), 3_000), Reply::Unknown);
    assert_eq!(ask(&State::default(), touch(D2), 3_000), Reply::Unknown);
}

#[test]
fn beginning_twice_is_a_retry_or_refused() {
    let open = |digest| Command::Open {
        beginning: beginning(),
        ticket: new_token(TokenKind::Ticket, digest),
        logout_note: Vec::new(),
    };
    assert_eq!(ask(&opened(), open(D1), 1_001), Reply::Done);
    assert_eq!(ask(&opened(), open(D2), 1_001), Reply::Unknown);
    assert_eq!(ask(&issued(), open(D2), 1_001), Reply::Unknown);
    assert_eq!(ask(&redeemed(), open(D2), 1_020), Reply::Unknown);
    let offer = Command::Offer {
        beginning: beginning(),
        client: client(),
        code: grant_token(CODE, 1_000),
        binding: BINDING,
    };
    assert_eq!(ask(&offered(), offer.clone(), 1_001), Reply::Done);
    assert_eq!(ask(&redeemed(), offer, 1_020), Reply::Unknown);
}
