//! What is read, what is refused, and that an unknown name costs what a wrong password costs.

use proptest::prelude::*;

use super::*;

/// Hashes made with the reference implementation (`argon2-cffi`), and their passwords.
const KNOWN: [(&str, &str); 5] = [
    (
        "$argon2id$v=19$m=7168,t=5,p=1$c2FsdHNhbHRzYWx0c2FsdA$7PCw6lTrVcqZB4uvMkl7NOUjxGtvALJ5SyYrIQAEWsc",
        "password",
    ),
    (
        "$argon2id$v=19$m=7168,t=5,p=4$c2FsdHNhbHQ$yNwurlE3AisZrnEkXIJXdQ",
        "pässwörd ☃",
    ),
    (
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0",
        "correct horse battery staple",
    ),
    (
        "$argon2id$v=19$m=9216,t=4,p=3$c2FsdHNhbHRzYWx0$a3tVpqXoTmtiuc+Ldvy7/3DhofntvM0/",
        "x",
    ),
    (
        "$argon2id$v=19$m=12288,t=3,p=2$c2FsdHNhbHRzYWx0$StJV6dZLgTcghoXcaQg/r2GHpE0",
        " ",
    ),
];
/// The same, of a password of 1,024 times "a".
const LONG: &str = "$argon2id$v=19$m=47104,t=1,p=1$c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzcw$Omr+fTVAx8sAvRe1kHVWpEvPCOB3tg+/1zsurPyot2HDW1xH1SgLZ1EmBXSZhlZGzj8PtYVGRcBhkVmEqg84nQ";

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// Accounts `u0`, `u1` and so on with all the known hashes.
fn known() -> Accounts {
    let lines = KNOWN.iter().enumerate();
    let lines: Vec<String> = lines
        .map(|(at, (hash, _))| format!("u{at}:{hash}"))
        .collect();
    Accounts::parse(&lines.join("\n")).unwrap()
}

/// A line with a hash of this cost and these lengths.
fn line(name: &str, cost: &str, salt: usize, output: usize) -> String {
    use base64ct::{Base64Unpadded, Encoding};
    let text = |length| Base64Unpadded::encode_string(&vec![7; length]);
    format!(
        "{name}:$argon2id$v=19${cost}${}${}",
        text(salt),
        text(output)
    )
}

#[track_caller]
fn error(text: &str) -> LineError {
    let bad = Accounts::parse(text).expect_err("it is a bad one");
    assert_eq!(bad.len(), 1, "{bad:?}");
    assert_eq!(bad[0].number, 1);
    bad[0].error
}

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
fn new_lines_are_good_ones() {
    let name: Name = "Ann@example.com".parse().unwrap();
    let line = Account::write_line(&name, &secret("hunter2!"), &[9; 16]).unwrap();
    assert!(!line.contains("hunter2"));
    let accounts = Accounts::parse(&line).unwrap();
    assert!(
        accounts
            .check("ann@EXAMPLE.com", &secret("hunter2!"))
            .is_some()
    );
    assert!(
        accounts
            .check("ann@EXAMPLE.com", &secret("Hunter2!"))
            .is_none()
    );
    for password in [String::new(), "a".repeat(1025)] {
        assert_eq!(
            Account::write_line(&name, &secret(&password), &[9; 16]),
            None
        );
    }
}

#[test]
fn new_line_format_unchanged() {
    let (hash, password) = KNOWN[2];
    let name: Name = "ann".parse().unwrap();
    let line = Account::write_line(&name, &secret(password), b"0123456789abcdef");
    assert_eq!(line, Some(format!("ann:{hash}")));
}

#[test]
fn blank_lines_comments_and_line_ends_of_any_kind() {
    let (hash, _) = KNOWN[0];
    let text = format!("# people\r\n\n  \n a:{hash} \r\n\t#b:{hash}\n_:{hash}");
    let accounts = Accounts::parse(&text).unwrap();
    let names: Vec<&str> = accounts.iter().map(Account::name).collect();
    assert_eq!(names, ["a", "_"]);
    assert_eq!((accounts.len(), accounts.is_empty()), (2, false));
    for nobody in ["", "\n", "# nobody\n"] {
        assert!(Accounts::parse(nobody).unwrap().is_empty());
    }
}

#[test]
fn every_bad_line_is_told_by_its_number_and_none_is_repeated() {
    let (hash, _) = KNOWN[0];
    let text = format!("a:{hash}\nhunter2\nb:hunter2\nA:{hash}\n:{hash}\nhun ter2:{hash}\n");
    let bad = Accounts::parse(&text).unwrap_err();
    let expected = [
        (2, LineError::NoColon),
        (3, LineError::Hash(HashError::OtherAlgorithm)),
        (4, LineError::Repeated(1)),
        (5, LineError::Name(IdentifierError::Empty)),
        (6, LineError::Name(IdentifierError::BadCharacter("._-@+"))),
    ];
    let found: Vec<(usize, LineError)> = bad.iter().map(|l| (l.number, l.error)).collect();
    assert_eq!(found, expected);
    let told: Vec<String> = bad.iter().map(|line| format!("{line}\n{line:?}")).collect();
    let told = told.join("\n");
    assert!(told.starts_with("line 2: must be `name:hash`"), "{told}");
    assert!(told.contains("line 4: has the name of line 1"), "{told}");
    assert!(!told.contains("hun") && !told.contains(hash), "{told}");
}

#[test]
fn costs_from_owasps_minima_up_to_what_an_isolate_can_bear() {
    for good in [
        "m=47104,t=1,p=1",
        "m=19456,t=2,p=1",
        "m=12288,t=3,p=1",
        "m=9216,t=4,p=1",
        "m=7168,t=5,p=1",
        "m=7168,t=10,p=4",
        "m=65536,t=10,p=4",
        "m=65536,t=1,p=2",
        "m=65536,t=3,p=4",
    ] {
        let accounts = Accounts::parse(&line("a", good, 16, 32)).unwrap();
        assert_eq!(accounts.len(), 1, "{good}");
    }
    for (bad, expected) in [
        ("m=47103,t=1,p=1", HashError::Weak),
        ("m=19455,t=2,p=1", HashError::Weak),
        ("m=12287,t=3,p=1", HashError::Weak),
        ("m=9215,t=4,p=1", HashError::Weak),
        ("m=7167,t=5,p=1", HashError::Weak),
        ("m=7167,t=10,p=4", HashError::Weak),
        ("m=8,t=1,p=1", HashError::Weak),
        ("m=65537,t=2,p=1", HashError::Memory),
        ("m=4294967295,t=2,p=1", HashError::Memory),
        ("m=19456,t=11,p=1", HashError::Passes),
        ("m=19456,t=2,p=5", HashError::Lanes),
        ("m=4294967296,t=2,p=1", HashError::Malformed),
        ("m=19456,t=0,p=1", HashError::Malformed),
        ("m=19456,t=2,p=0", HashError::Malformed),
        ("m=019456,t=2,p=1", HashError::Malformed),
        ("m=+19456,t=2,p=1", HashError::Malformed),
        ("m=19456,t=2", HashError::Malformed),
        ("t=2,m=19456,p=1", HashError::Malformed),
        ("m=19456,t=2,p=1,keyid=YQ", HashError::Malformed),
        ("m=19456, t=2, p=1", HashError::Malformed),
        ("m=,t=,p=", HashError::Malformed),
        ("", HashError::Malformed),
    ] {
        let found = error(&line("a", bad, 16, 32));
        assert_eq!(found, LineError::Hash(expected), "{bad}");
    }
}

#[test]
fn lengths_of_salt_and_output() {
    const COST: &str = "m=19456,t=2,p=1";
    for (salt, output) in [(8, 16), (64, 64)] {
        assert!(Accounts::parse(&line("a", COST, salt, output)).is_ok());
    }
    for (salt, output, expected) in [
        (7, 32, HashError::Salt),
        (65, 32, HashError::Salt),
        (0, 32, HashError::Salt),
        (16, 15, HashError::Output),
        (16, 65, HashError::Output),
        (16, 0, HashError::Output),
    ] {
        let found = error(&line("a", COST, salt, output));
        assert_eq!(found, LineError::Hash(expected), "{salt} {output}");
    }
}

#[test]
fn other_hashes_and_other_forms() {
    let (hash, _) = KNOWN[0];
    for (other, expected) in [
        ("password", HashError::OtherAlgorithm),
        ("", HashError::OtherAlgorithm),
        (
            "$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC",
            HashError::OtherAlgorithm,
        ),
        (
            "$apr1$rOioh4Wh$bVD3DRwksETubcpEH90ww0",
            HashError::OtherAlgorithm,
        ),
        (
            "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
            HashError::OtherAlgorithm,
        ),
        (
            &hash.replace("argon2id", "argon2i"),
            HashError::OtherAlgorithm,
        ),
        (
            &hash.replace("argon2id", "argon2d"),
            HashError::OtherAlgorithm,
        ),
        (
            &hash.replace("argon2id", "ARGON2ID"),
            HashError::OtherAlgorithm,
        ),
        (&format!(" {hash}"), HashError::OtherAlgorithm),
        (&hash.replace("v=19", "v=16"), HashError::OtherVersion),
        (&hash.replace("v=19$", ""), HashError::OtherVersion),
        (&format!("{hash}="), HashError::Malformed),
        (&format!("{hash}$"), HashError::Malformed),
        (&format!("{hash}:x"), HashError::Malformed),
        (&hash.replace("c2FsdA$", "c2FsdB$"), HashError::Malformed),
        (&hash.replace("Wsc", "W-c"), HashError::Malformed),
        (hash.rsplit_once('$').unwrap().0, HashError::Malformed),
    ] {
        let found = error(&format!("a:{other}"));
        assert_eq!(found, LineError::Hash(expected), "{other}");
    }
}

#[test]
fn a_name_is_the_same_in_any_letter_case() {
    let (hash, _) = KNOWN[0];
    assert_eq!(
        Accounts::parse(&format!("ann:{hash}\nANN:{hash}")).unwrap_err(),
        [BadLine {
            number: 2,
            error: LineError::Repeated(1)
        }]
    );
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
fn a_password_of_a_length_that_none_has_is_refused_whoever_asks() {
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

#[test]
fn the_memory_is_that_of_the_costliest() {
    assert_eq!(known().memory(), 19_456 << 10);
}

#[test]
fn debug_says_no_hash() {
    let told = format!("{:?}", known());
    assert!(told.contains("u0"));
    assert!(!told.contains("115, 97, 108, 116"), "{told}");
    assert_eq!(told.matches("Secret(..)").count(), 2 * KNOWN.len() + 1);
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
