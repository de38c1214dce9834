//! What an index decides.

use super::*;

#[test]
fn a_session_from_before_a_cutoff_is_ended_or_refused_and_a_later_one_is_not() {
    let mut state = State::default();
    assert_eq!(ask(&mut state, Command::Put(login(1, 0)), 1), Reply::Done);
    assert_eq!(ask(&mut state, cut_off(10), 9), Reply::Done);
    assert_eq!(
        ask(&mut state, Command::Put(login(2, 9)), 11),
        Reply::CutOff
    );
    assert_eq!(ask(&mut state, Command::Put(login(3, 10)), 11), Reply::Done);
    // The session that is being ended, put again.
    assert_eq!(
        ask(&mut state, Command::Put(login(1, 0)), 11),
        Reply::CutOff
    );
    assert_eq!(state.due(at(11)), [Chore::End(id(1))]);
    assert_eq!(listed(&mut state, 11), [id(3)]);
    // An older cutoff that comes late opens nothing again.
    ask(&mut state, cut_off(5), 12);
    assert_eq!(
        ask(&mut state, Command::Put(login(4, 9)), 12),
        Reply::CutOff
    );
    assert_eq!(listed(&mut state, 12), [id(3)]);
}

#[test]
fn the_log_is_told_once_all_are_ended_and_the_cutoff_is_remembered_as_long_as_there() {
    let mut state = State::default();
    for number in 0..40 {
        ask(&mut state, Command::Put(login(number, 0)), 1);
    }
    ask(&mut state, cut_off(10), 10);
    for left in [40, 24, 8] {
        let due = state.due(at(10));
        assert_eq!(due.len(), AT_ONCE.min(left));
        assert_eq!(state.wake_at(), Some(at(10)));
        for chore in due {
            state = state.done(chore);
        }
    }
    let release = Chore::Release(cutoff(10).kept_until(at(10 + 3600)));
    assert_eq!(state.due(at(10)), [release]);
    state = state.failed(release, at(10), 255);
    assert_eq!(state.due(at(39)), []);
    assert_eq!(state.wake_at(), Some(at(40)));
    let release = Chore::Release(cutoff(10).kept_until(at(40 + 3600)));
    assert_eq!(state.due(at(40)), [release]);
    state = state.done(release);
    assert_eq!(state.due(at(4000)), []);
    let late = Command::Put(login(1, 9));
    assert_eq!(ask(&mut state, late.clone(), 3639), Reply::CutOff);
    assert_eq!(ask(&mut state, late, 3640), Reply::Done);
}

#[test]
fn what_lives_without_a_session_keeps_a_cutoff_in_the_log() {
    let mut state = State::default();
    let command = Command::CutOff {
        entry: cutoff(10),
        others_until: at(DAY),
        logout: None,
    };
    ask(&mut state, command, 10);
    let release = Chore::Release(cutoff(10).kept_until(at(DAY)));
    assert_eq!(state.due(at(10)), [release]);
}

#[test]
fn a_cutoff_that_comes_while_the_log_is_told_of_an_older_one_is_not_let_go_with_it() {
    let mut state = State::default();
    ask(&mut state, cut_off(10), 10);
    let [release] = state.due(at(10))[..] else {
        panic!("one chore");
    };
    ask(&mut state, Command::Put(login(1, 11)), 11);
    ask(&mut state, cut_off(12), 12);
    state = state.done(release);
    assert_eq!(state.due(at(12)), [Chore::End(id(1))]);
    state = state.done(Chore::End(id(1)));
    assert!(matches!(state.due(at(12))[..], [Chore::Release(_)]));
}

#[test]
fn a_chore_that_fails_waits_longer_each_time_and_keeps_no_other_waiting() {
    let mut state = State::default();
    for number in 0..20 {
        ask(&mut state, Command::Put(login(number, 0)), 1);
    }
    ask(&mut state, cut_off(10), 10);
    let mut now = 10;
    for chore in state.due(at(now)) {
        state = state.failed(chore, at(now), 0);
    }
    // Those that were not tried yet come first, and what failed comes after 15 to 30 seconds.
    assert_eq!(state.due(at(now)).len(), 4);
    assert_eq!(state.due(at(now + 14)).len(), 4);
    assert_eq!(state.due(at(now + 15)).len(), AT_ONCE);
    for chore in state.due(at(now)) {
        state = state.done(chore);
    }
    let mut waits = Vec::new();
    for _ in 0..9 {
        let next = state.wake_at().unwrap();
        waits.push(next.since(at(now)).as_secs());
        now += next.since(at(now)).as_secs();
        for chore in state.due(at(now)) {
            state = state.failed(chore, at(now), 0);
        }
    }
    assert_eq!(waits, [15, 30, 60, 120, 240, 480, 960, 1800, 1800]);
}

#[test]
fn a_code_is_not_shown_until_it_is_redeemed_and_goes_if_it_never_is() {
    let mut state = State::default();
    let offer = NewSession {
        redeem_by: Some(at(60)),
        ..login(1, 0)
    };
    let confirm = |redeem_by| Command::Confirm {
        session: id(1),
        redeem_by,
    };
    ask(&mut state, Command::Put(offer.clone()), 0);
    assert_eq!(listed(&mut state, 1), []);
    let (unredeemed, reply) = state.clone().apply(confirm(None), at(60));
    assert_eq!(reply, Reply::Unknown);
    assert_eq!(unredeemed, State::default());
    assert_eq!(ask(&mut state, confirm(None), 59), Reply::Done);
    assert_eq!(listed(&mut state, 59), [id(1)]);
    assert_eq!(ask(&mut state, confirm(Some(at(60))), 59), Reply::Done);
    assert_eq!(listed(&mut state, 59), []);
    assert_eq!(ask(&mut state, confirm(None), 59), Reply::Done);
    // A cutoff ends a code too, and then it cannot be redeemed.
    ask(&mut state, cut_off(60), 59);
    assert_eq!(ask(&mut state, confirm(None), 59), Reply::Unknown);
}

#[test]
fn the_oldest_session_makes_room_and_an_unredeemed_one_before_it() {
    let mut state = State::default();
    for number in 0..SESSIONS as u64 {
        assert_eq!(
            ask(&mut state, Command::Put(login(number, number)), number),
            Reply::Done
        );
    }
    ask(&mut state, Command::Seen(id(0)), 5_000);
    let one_more = |state: &mut State, number| {
        assert_eq!(
            ask(state, Command::Put(login(number, number)), number),
            Reply::Done
        );
    };
    one_more(&mut state, 6_000);
    assert_eq!(
        state.due(at(6_000)),
        [Chore::End(id(1))],
        "used longest ago"
    );
    state = state.done(Chore::End(id(1)));
    let offer = NewSession {
        redeem_by: Some(at(9_000)),
        ..login(7_000, 7_000)
    };
    ask(&mut state, Command::Put(offer), 7_000);
    state = state.done(Chore::End(id(2)));
    one_more(&mut state, 8_000);
    assert_eq!(state.due(at(8_000)), [Chore::End(id(7_000))]);
    // Where nothing can be ended, there is a limit.
    let mut number = 10_000;
    let full = loop {
        match ask(&mut state, Command::Put(login(number, number)), number) {
            Reply::Done => number += 1,
            other => break other,
        }
        assert!(number < 20_000, "it is never full");
    };
    assert_eq!(full, Reply::Full);
    assert!(state.to_rows().len() <= 2 * SESSIONS);
}

#[test]
fn pages_have_every_session_once_the_newest_first() {
    let mut state = State::default();
    for number in 0..250 {
        ask(&mut state, Command::Put(login(number, number / 3)), 100);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let Reply::Sessions(page) = ask(&mut state, Command::Sessions(after), 100) else {
            panic!("sessions are listed");
        };
        assert!(page.rows.len() <= PAGE);
        seen.extend(page.rows.iter().map(|row| row.session));
        let last = page.rows.last().unwrap();
        let place = Place {
            since: last.since,
            session: last.session,
        };
        assert_eq!(Place::from_text(&place.to_text()), Some(place));
        after = Some(place);
        if !page.has_more {
            break;
        }
    }
    let expected: Vec<SessionId> = (0..250).rev().map(id).collect();
    assert_eq!(seen, expected);
    for text in ["", "1", "1.x", "x.AAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(Place::from_text(text), None, "{text}");
    }
}

fn agree(name: &str, note: &[u8], known: Mark) -> Command {
    Command::Agree {
        consent: NoteOfConsent {
            client: client(name),
            note: note.to_vec(),
        },
        until: at(DAY),
        known,
    }
}

#[test]
fn a_consent_is_written_only_in_the_place_of_what_was_read() {
    let mut state = State::default();
    let none = Mark::default();
    assert_eq!(ask(&mut state, agree("app", b"one", none), 1), Reply::Done);
    assert_eq!(
        ask(&mut state, agree("app", b"one", none), 1),
        Reply::Done,
        "a retry"
    );
    assert_eq!(
        ask(&mut state, agree("app", b"two", none), 1),
        Reply::Changed
    );
    let mark = Mark::of(Some(b"one"));
    assert_eq!(ask(&mut state, agree("app", b"two", mark), 1), Reply::Done);
    let consent = Command::Consent(client("app"));
    assert_eq!(
        ask(&mut state, consent.clone(), 2),
        Reply::Consent(b"two".to_vec())
    );
    assert_eq!(
        ask(&mut state, consent, DAY),
        Reply::Unknown,
        "it has expired"
    );
}

#[test]
fn taking_a_consent_back_ends_the_sessions_of_its_client_and_no_others() {
    let mut state = State::default();
    let of = |name: &str, number| NewSession {
        client: client(name),
        needs_consent: true,
        ..login(number, 0)
    };
    assert_eq!(
        ask(&mut state, Command::Put(of("app", 1)), 1),
        Reply::NoConsent
    );
    for name in ["app", "other"] {
        ask(&mut state, agree(name, b"x", Mark::default()), 1);
    }
    for number in 0..30 {
        ask(&mut state, Command::Put(of("app", number)), 1);
    }
    ask(&mut state, Command::Put(of("other", 100)), 1);
    let reply = ask(&mut state, Command::Withdraw(client("app")), 2);
    let Reply::Withdrawn { sessions, more } = reply else {
        panic!("{reply:?}");
    };
    assert_eq!((sessions.len(), more), (ENDED_BY_CALLER, 20));
    assert_eq!(listed(&mut state, 2), [id(100)]);
    assert_eq!(
        ask(&mut state, Command::Put(of("app", 200)), 2),
        Reply::NoConsent
    );
    while let Some(chore) = state.due(at(2)).pop() {
        assert!(
            matches!(chore, Chore::End(_)),
            "the log has nothing to let go"
        );
        state = state.done(chore);
    }
    assert_eq!(listed(&mut state, 2), [id(100)]);
}

#[test]
fn consents_and_logout_tokens_have_a_limit_and_the_oldest_goes() {
    let mut state = State::default();
    for number in 0..=CONSENTS as u64 {
        let name = format!("c{number}");
        assert_eq!(
            ask(&mut state, agree(&name, b"x", Mark::default()), number),
            Reply::Done
        );
    }
    assert_eq!(
        ask(&mut state, Command::Consent(client("c0")), 2_000),
        Reply::Unknown
    );
    let Reply::Consents(all) = ask(&mut state, Command::Consents, 2_000) else {
        panic!("consents are listed");
    };
    assert_eq!(all.len(), CONSENTS);
    assert_eq!(all[0].client, client("c1000"));
    let name = |number: u64| *id(number).as_bytes();
    for number in 0..=LOGOUT_TOKENS as u64 {
        let command = Command::CutOff {
            entry: cutoff(10),
            others_until: at(0),
            logout: Some((name(number), at(2_000 + number))),
        };
        ask(&mut state, command, 1_000);
    }
    let knows = |state: &mut State, number, now| {
        ask(state, Command::KnowsLogout(name(number)), now) == Reply::Done
    };
    assert!(!knows(&mut state, 0, 1_000) && knows(&mut state, 1, 1_000));
    assert!(!knows(&mut state, 1, 2_001) && knows(&mut state, 2, 2_001));
}

#[test]
fn what_has_expired_counts_for_nothing_and_is_swept_within_the_hour() {
    let mut state = State::default();
    ask(&mut state, Command::Put(login(1, 0)), 1);
    assert_eq!(state.wake_at(), Some(at(7 * DAY + 3600)));
    assert_eq!(listed(&mut state.clone(), 7 * DAY), []);
    assert_eq!(state.settled(at(7 * DAY)), State::default());
    assert_eq!(State::default().wake_at(), None);
}

#[test]
fn a_session_is_seen_once_a_minute() {
    let mut state = State::default();
    ask(&mut state, Command::Put(login(1, 0)), 1);
    let seen = |state: &mut State, now| {
        let before = state.clone();
        ask(state, Command::Seen(id(1)), now);
        *state != before
    };
    assert!(!seen(&mut state, MINUTE.as_secs() - 1) && seen(&mut state, MINUTE.as_secs()));
    assert_eq!(ask(&mut state, Command::Seen(id(2)), 1), Reply::Unknown);
    ask(&mut state, Command::Forget(id(1)), 90);
    assert_eq!(state, State::default());
}
