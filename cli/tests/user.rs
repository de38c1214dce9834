//! `postern user`. `tests/command` has what is on standard input.

use postern::accounts::{Account, Accounts};
use postern::secret::Secret;
use postern_cli::memory::{Memory, Ran};

fn user(name: &str, password: &str) -> Ran {
    Memory::default().run_with(&["user", name], &[password])
}

/// Who gets in with a line that was printed.
fn check(printed: &str, name: &str, password: &str) -> Option<String> {
    let accounts = Accounts::parse(printed).unwrap();
    assert_eq!(accounts.len(), 1);
    let password = Secret::new(password.to_owned());
    accounts
        .check(name, &password)
        .map(Account::name)
        .map(str::to_owned)
}

#[test]
fn one_line_is_printed_and_lets_in_with_the_password() {
    let password = "correct horse bättery";
    let ran = user("Ann", password);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.out.lines().count(), 1);
    let hash = "Ann:$argon2id$v=19$m=19456,t=2,p=1$";
    assert!(ran.out.starts_with(hash), "{}", ran.out);
    assert_eq!(check(&ran.out, "ann", password).as_deref(), Some("Ann"));
    assert_eq!(check(&ran.out, "ann", "correct horse battery"), None);
}

#[test]
fn each_line_has_a_salt_of_its_own() {
    let [one, other] = [1, 2].map(|seed| {
        let mut memory = Memory::default();
        memory.seed = seed;
        memory
            .run_with(&["user", "ann"], &["correct horse battery"])
            .out
    });
    assert_ne!(one, other);
}

#[test]
fn a_person_types_it_twice() {
    let mut memory = Memory::default();
    memory.terminal = true;
    let words = ["user", "ann"];
    let ran = memory.run_with(&words, &["correct horse battery", "correct horse battery"]);
    assert_eq!(ran.asked, ["Password for ann: ", "The same again: "]);
    assert!(check(&ran.out, "ann", "correct horse battery").is_some());
    let ran = memory.run_with(&words, &["correct horse battery", "correct horse bakery"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(ran.err, "postern: the two passwords are not the same\n");
    let ran = memory.run_with(&words, &["correct horse battery"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
}

#[test]
fn a_short_password_is_refused_and_a_weak_one_remarked_on() {
    for short in ["", "hunter2", "äöüäöüä"] {
        let ran = user("ann", short);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(ran.err.contains("at least 8 characters"), "{}", ran.err);
    }
    let ran = user("ann", "hunter22");
    assert_eq!(ran.code, 0);
    assert!(ran.err.contains("fewer than 15"), "{}", ran.err);
    assert!(check(&ran.out, "ann", "hunter22").is_some());
}

#[test]
fn a_password_that_no_login_takes_is_refused() {
    let longest = "a".repeat(1024);
    assert_eq!(user("ann", &longest).code, 0);
    for bad in [format!("{longest}a").as_str(), "hunter2\thunter2"] {
        let ran = user("ann", bad);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{bad}");
    }
}

#[test]
fn no_part_of_the_password_is_printed() {
    for input in ["correct horse battery", "hunter2", "horse\tbattery hunter2"] {
        let ran = user("ann", input);
        for word in ["horse", "battery", "hunter"] {
            assert!(
                !ran.out.contains(word) && !ran.err.contains(word),
                "{ran:?}"
            );
        }
    }
}

#[test]
fn it_wants_a_good_name() {
    for name in ["", "a b", "a:b", "#a"] {
        let ran = user(name, "correct horse battery");
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains("the name"), "{}", ran.err);
    }
}
