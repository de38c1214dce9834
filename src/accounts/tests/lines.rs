//! Which lines and which hashes are taken.

use super::{KNOWN, error, known, line, secret};
use crate::accounts::{Account, Accounts, BadLine, HashError, LineError, Name};
use crate::protocol::identifier::IdentifierError;

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
fn the_memory_is_that_of_the_costliest() {
    assert_eq!(known().memory(), 19_456 << 10);
}

#[test]
fn debug_does_not_print_hashes() {
    let told = format!("{:?}", known());
    assert!(told.contains("u0"));
    assert!(!told.contains("115, 97, 108, 116"), "{told}");
    assert_eq!(told.matches("Secret(..)").count(), 2 * KNOWN.len() + 1);
}
