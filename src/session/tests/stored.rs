//! How a session's state is stored.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::fixtures::hex;
use crate::session::coordinator::{Phase, State};

fn at(millis: u64) -> Time {
    Time::from_millis(millis)
}

fn after(commands: Vec<Command>) -> State {
    let apply = |state: State, command| state.apply(command, at(2)).0;
    commands.into_iter().fold(State::default(), apply)
}

/// A state of each kind, with what hexadecimal it is.
fn states() -> Vec<(State, String)> {
    let [_, _, _, _, open, _, adopt, offer, _, _, _, _] = commands();
    let access = |fill| token(TokenKind::Access, fill);
    let mut tokens = after(vec![
        Command::Issue(access(0xaa)),
        Command::Issue(token(TokenKind::Ticket, 0xbb)),
        Command::Forget(digest(0xbb)),
    ]);
    let mut settled = tokens.tokens[0].clone();
    settled.digest = digest(0xcc);
    settled.phase = Phase::Settled;
    tokens.tokens.push(settled);
    let redeem = Command::Redeem {
        digest: digest(0xee),
        client: client(),
        binding: BINDING,
        access: access(0xdd),
        refresh: Some(grant_token(0xef)),
    };
    let refresh = Command::Refresh {
        digest: digest(0xef),
        client: client(),
        access: access(0xdd),
        successor: grant_token(0xf0),
        grace: Duration::from_secs(30),
    };
    let end = Command::End {
        session: beginning().session,
        owner: None,
    };
    let [a, b, c, d] = [0xaa, 0xbb, 0xcc, 0xdd].map(|fill| hex(&[fill; 32]));
    let token = "036170700000000000000102";
    let fresh = "00000000000927c2000000020908";
    let (five, six) = ("05".repeat(16), "06".repeat(16));
    let who = format!("{five}{six}");
    let written = |fill: u8| {
        format!(
            "{}0000000000000003000000000000010200000001{}",
            hex(&[fill; 32]),
            "07"
        )
    };
    let child = "0c".repeat(16);
    let nothing = "00000000";
    vec![
        (State::default(), format!("01{nothing}00")),
        (
            tokens,
            format!(
                "010000000300{a}{token}00{fresh}01{b}{token}0200000000000000020000{c}{token}0100"
            ),
        ),
        (
            after(vec![open.clone(), adopt.clone()]),
            format!(
                "010000000101{d}{token}00{fresh}01{who}0000000000000900000000000001{child}00000000000008000000000000000002000000024b4b"
            ),
        ),
        (
            after(vec![offer.clone()]),
            format!(
                "01{nothing}01{who}00000000000009000103617070{}{}{}{nothing}0000000000000002{nothing}",
                "01",
                written(0xee),
                "bb".repeat(32)
            ),
        ),
        (
            after(vec![offer, redeem, refresh]),
            format!(
                "010000000100{d}{token}00{fresh}01{who}0000000000000900010361707002{}01{}0000000000007532{nothing}0000000000000002{nothing}",
                written(0xf0),
                written(0xef)
            ),
        ),
        (
            after(vec![open, adopt, end]),
            format!(
                "010000000101{d}{token}0200000000000000020002{five}01{six}00000000000009000000000001{child}000000000000000200000000000001d4c2000000024b4b"
            ),
        ),
    ]
}

#[test]
fn state_format_unchanged() {
    for (state, expected) in states() {
        assert_eq!(hex(&state.to_bytes()), expected);
    }
}

#[test]
fn what_was_stored_is_read_and_nothing_else() {
    for (state, _) in states() {
        let mut bytes = state.to_bytes();
        assert_eq!(State::from_bytes(&bytes), Some(state));
        for length in 0..bytes.len() {
            assert_eq!(State::from_bytes(&bytes[..length]), None, "{length}");
        }
        bytes.push(0);
        assert_eq!(State::from_bytes(&bytes), None);
    }
    assert_eq!(State::from_bytes(&[2, 0, 0, 0, 0, 0]), None);
}

proptest! {
    #[test]
    fn parsing_never_panics(bytes: Vec<u8>) {
        if let Some(state) = State::from_bytes(&bytes) {
            prop_assert_eq!(state.to_bytes(), bytes);
        }
    }
}
