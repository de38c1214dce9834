use std::time::Duration;

use crate::explain::open;
use crate::fixtures::config::keys;
use crate::time::Time;
use crate::token::{KeyRing, Pointer, SessionId, TokenKind};

#[test]
fn what_a_token_says_of_itself() {
    let now = Time::from_seconds(1_000);
    let pointer = Pointer {
        session: SessionId::from_bytes([7; 16]),
        issued_at: now,
        expires_at: now.plus(Duration::from_mins(1)),
    };
    let token = keys().seal(TokenKind::Ticket, &pointer, [1; 24]);
    let opened = open(&keys(), token.expose(), now);
    assert_eq!(opened.kind, Some("the cookie of a login"));
    assert_eq!(opened.session, Some(pointer.session.to_base64url()));
    assert_eq!(
        (opened.issued_at, opened.expires_at),
        (Some(1_000), Some(1_060))
    );
    assert!(opened.key.is_some() && opened.problem.is_none());
    assert!(!format!("{opened:?}").contains(token.expose()));
    let late = open(&keys(), token.expose(), Time::from_seconds(1_060));
    assert_eq!(
        (late.problem, late.expires_at),
        (Some("expired"), Some(1_060))
    );
    let other = KeyRing::parse(&KeyRing::write_pair(200, &[5; 32]), "https://a.example").unwrap();
    let unknown = open(&other, token.expose(), now);
    assert_eq!(
        (unknown.problem, unknown.session),
        (Some("unknown_key"), None)
    );
    for (text, problem) in [("hunter2", "malformed"), ("pst_at_x", "malformed")] {
        let opened = open(&keys(), text, now);
        assert_eq!(opened.problem, Some(problem), "{text}");
        assert!(!format!("{opened:?}").contains(text));
    }
}
