//! How commands and replies travel.

use proptest::prelude::*;

use super::*;
use crate::fixtures::hex;

#[test]
fn command_format_unchanged() {
    let written: Vec<String> = commands().iter().map(|c| hex(&c.to_bytes())).collect();
    let d = "dd".repeat(32);
    let token = format!("{d}03617070{}000000020908", "0000000000000102");
    let grant = format!(
        "{}0000000000000003000000000000010200000001{}",
        "ee".repeat(32),
        "07"
    );
    let beginning = format!("{}{}0000000000000900", "05".repeat(16), "06".repeat(16));
    let binding = "bb".repeat(32);
    let expected = [
        format!("010000{token}"),
        format!("0101{d}"),
        format!("0102{d}"),
        format!("0103{d}"),
        format!("0104{beginning}01{token}000000024b4b"),
        format!("010501{token}"),
        format!("0106{}0000000000000800", "0c".repeat(16)),
        format!("0107{beginning}03617070{grant}{binding}"),
        format!("0108{d}03617070"),
        format!("0109{d}03617070{binding}00{token}01{grant}"),
        format!("010a{d}0361707000{token}{grant}1e"),
        format!("010b{}01{}", "05".repeat(16), "06".repeat(16)),
    ];
    assert_eq!(written, expected);
}

#[test]
fn reply_format_unchanged() {
    let written: Vec<String> = replies().iter().map(|r| hex(&r.to_bytes())).collect();
    let d = "dd".repeat(32);
    assert_eq!(
        written,
        [
            "0100".to_owned(),
            "010103617070".to_owned(),
            "0102000000020908".to_owned(),
            "0103".to_owned(),
            format!("010400000000000000030000000000000102{d}"),
            "01050000000000000009".to_owned(),
            "0106".to_owned(),
            "0107010000000000000009000000024b4b".to_owned(),
            "01070000000000".to_owned(),
        ]
    );
}

#[test]
fn what_was_written_is_read_and_nothing_else() {
    for command in commands() {
        let mut bytes = command.to_bytes();
        assert_eq!(Command::from_bytes(&bytes), Some(command));
        for length in 0..bytes.len() {
            assert_eq!(Command::from_bytes(&bytes[..length]), None);
        }
        bytes.push(0);
        assert_eq!(Command::from_bytes(&bytes), None);
    }
    for reply in replies() {
        let mut bytes = reply.to_bytes();
        assert_eq!(Reply::from_bytes(&bytes), Some(reply));
        for length in 0..bytes.len() {
            assert_eq!(Reply::from_bytes(&bytes[..length]), None);
        }
        bytes.push(0);
        assert_eq!(Reply::from_bytes(&bytes), None);
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(bytes: Vec<u8>) {
        if let Some(command) = Command::from_bytes(&bytes) {
            prop_assert_eq!(command.to_bytes(), bytes.clone());
        }
        if let Some(reply) = Reply::from_bytes(&bytes) {
            prop_assert_eq!(reply.to_bytes(), bytes);
        }
    }
}
