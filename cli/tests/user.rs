//! `postern-cli user`, run as a program with the password on standard input.

mod program;

use std::io::Write;
use std::process::{Output, Stdio};

use postern::accounts::{Account, Accounts};
use postern::secret::Secret;

use program::postern_cli;

fn user(name: &str, input: &[u8]) -> Output {
    let mut child = postern_cli()
        .args(["user", name])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built");
    // A program that refuses the name does not read.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// Who gets in with a line that was printed.
fn check(printed: &[u8], name: &str, password: &str) -> Option<String> {
    let accounts = Accounts::parse(text(printed)).unwrap();
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
    for end in ["", "\n", "\r\n", "\nand another line\n"] {
        let output = user("Ann", format!("{password}{end}").as_bytes());
        assert!(output.status.success(), "{output:?}");
        assert_eq!(text(&output.stderr), "");
        let printed = text(&output.stdout);
        assert_eq!(printed.lines().count(), 1);
        assert!(
            printed.starts_with("Ann:$argon2id$v=19$m=19456,t=2,p=1$"),
            "{printed}"
        );
        assert_eq!(
            check(&output.stdout, "ann", password).as_deref(),
            Some("Ann")
        );
        assert_eq!(check(&output.stdout, "ann", "correct horse battery"), None);
    }
}

#[test]
fn each_line_has_a_salt_of_its_own() {
    let [one, other] = [(); 2].map(|()| user("ann", b"correct horse battery").stdout);
    assert_ne!(one, other);
}

#[test]
fn a_short_password_is_refused_and_a_weak_one_remarked_on() {
    for short in ["", "\n", "hunter2", "hunter2\n", "äöüäöüä"] {
        let output = user("ann", short.as_bytes());
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(text(&output.stdout), "");
        assert!(
            text(&output.stderr).contains("at least 8 characters"),
            "{output:?}"
        );
    }
    let output = user("ann", b"hunter22");
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("fewer than 15"), "{output:?}");
    assert!(check(&output.stdout, "ann", "hunter22").is_some());
}

#[test]
fn a_password_that_no_login_takes_is_refused() {
    let longest = "a".repeat(1024);
    assert!(user("ann", longest.as_bytes()).status.success());
    for bad in [
        longest.as_bytes(),
        b"\xff\xff\xff\xff\xff\xff\xff\xff",
        b"hunter2\thunter2",
    ] {
        let output = user("ann", &[bad, b"a"].concat());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(text(&output.stdout), "");
    }
}

#[test]
fn no_part_of_the_password_is_printed() {
    for input in [
        "correct horse battery\n",
        "hunter2\n",
        "horse\tbattery hunter2\n",
    ] {
        let output = user("ann", input.as_bytes());
        for printed in [&output.stdout, &output.stderr] {
            for word in ["horse", "battery", "hunter"] {
                assert!(!text(printed).contains(word), "{output:?}");
            }
        }
    }
}

#[test]
fn it_wants_a_good_name() {
    for name in ["", "a b", "a:b", "#a"] {
        let output = user(name, b"correct horse battery\n");
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(text(&output.stdout), "");
        assert!(text(&output.stderr).contains("the name"), "{output:?}");
    }
}
