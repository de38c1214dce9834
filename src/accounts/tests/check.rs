//! Whose password fits, and that an unknown name costs what a wrong password costs.

use proptest::prelude::*;

use super::{KNOWN, LONG, known, line, secret};
use crate::accounts::{Account, Accounts, Cost};
use crate::secret::Secret;

#[test]
fn hashes_of_the_reference_implementation_are_checked() {
    let accounts = known();
    for (at, (_, password)) in KNOWN.iter().enumerate() {
        let name = format!("u{at}");
        let found = accounts.check(&name, &secret(password));
        assert_eq!(found.map(Account::name), Some(name.as_str()));
        assert!(
            accounts
                .check(&name, &secret(&format!("{password} ")))
                .is_none()
        );
    }
    let accounts = Accounts::parse(&format!("a:{LONG}")).unwrap();
    assert!(accounts.check("a", &secret(&"a".repeat(1024))).is_some());
}

#[test]
fn a_hash_with_any_one_character_changed_lets_nobody_in() {
    let (hash, password) = KNOWN[0];
    for at in 0..hash.len() {
        for other in ['A', 'B', '0', '9', '$'] {
            let mut changed = hash.to_owned();
            changed.replace_range(at..=at, &other.to_string());
            if changed == hash {
                continue;
            }
            let Ok(accounts) = Accounts::parse(&format!("a:{changed}")) else {
                continue;
            };
            // The costly ones are the cost itself changed, to something that is taken.
            assert!(
                accounts.check("a", &secret(password)).is_none(),
                "{changed}"
            );
            break;
        }
    }
}

/// What a check derives, in place of deriving it.
fn derived(accounts: &Accounts, name: &str, password: &str) -> Vec<Cost> {
    let mut costs = Vec::new();
    let found = accounts.check_by(name, &secret(password), |hash, _| {
        costs.push(hash.cost());
        Secret::new(vec![0; 32])
    });
    assert!(found.is_none());
    costs
}

#[test]
fn an_unknown_name_costs_what_a_wrong_password_costs() {
    let lines: String = ["a", "b", "c"]
        .iter()
        .map(|name| line(name, "m=19456,t=2,p=1", 16, 32) + "\n")
        .collect();
    let accounts = Accounts::parse(&lines).unwrap();
    let known = derived(&accounts, "a", "wrong");
    assert_eq!(known.len(), 1);
    for unknown in [
        "d",
        "",
        "no name at all",
        "ä",
        "a ",
        "a:b",
        &"x".repeat(100),
    ] {
        assert_eq!(derived(&accounts, unknown, "wrong"), known, "{unknown:?}");
    }
}

#[test]
fn where_costs_differ_unknown_names_have_each_of_them_and_keep_theirs() {
    let accounts = known();
    let all: Vec<Cost> = accounts.accounts.iter().map(|a| a.hash.cost()).collect();
    let mut seen = vec![0; all.len()];
    for number in 0..500 {
        let name = format!("unknown{number}");
        let cost = derived(&accounts, &name, "wrong");
        assert_eq!(cost, derived(&accounts, &name.to_uppercase(), "other"));
        assert_eq!(cost.len(), 1);
        seen[all.iter().position(|c| *c == cost[0]).unwrap()] += 1;
    }
    assert!(
        seen.iter().all(|times| (50..=150).contains(times)),
        "{seen:?}"
    );
    // And a known name has its own.
    for (at, cost) in all.iter().enumerate() {
        assert_eq!(derived(&accounts, &format!("u{at}"), "wrong"), [*cost]);
    }
}

#[test]
fn the_password_of_the_account_that_stands_in_opens_nothing() {
    let (hash, password) = KNOWN[0];
    let accounts = Accounts::parse(&format!("a:{hash}")).unwrap();
    assert!(accounts.check("a", &secret(password)).is_some());
    assert!(accounts.check("b", &secret(password)).is_none());
}

#[test]
fn an_empty_or_too_long_password_is_refused_under_every_name() {
    let accounts = known();
    for password in [String::new(), "a".repeat(1025), "ä".repeat(513)] {
        for name in ["u0", "unknown"] {
            assert_eq!(derived(&accounts, name, &password), []);
        }
    }
    assert_eq!(derived(&accounts, "u0", &"a".repeat(1024)).len(), 1);
}

#[test]
fn without_accounts_nobody_gets_in() {
    assert_eq!(derived(&Accounts::default(), "a", "password"), []);
    assert_eq!(Accounts::default().memory(), 0);
}

proptest! {
    #[test]
    fn no_text_panics(text in "(\\PC|[a:$#=,\n\r0-9])*") {
        let accounts = Accounts::parse(&text).unwrap_or_default();
        derived(&accounts, &text, &text);
    }

    #[test]
    fn no_line_that_is_nearly_good_panics(
        m in 0..70_000_u32, t in 0..12_u32, p in 0..6_u32, salt in 0..70_usize, output in 0..70_usize,
        at in 0..100_usize, other in any::<char>(),
    ) {
        let good = line("a", &format!("m={m},t={t},p={p}"), salt, output);
        let _ = Accounts::parse(&good);
        let changed: String = good.chars().enumerate().map(|(i, c)| if i == at { other } else { c }).collect();
        let _ = Accounts::parse(&changed);
    }
}
