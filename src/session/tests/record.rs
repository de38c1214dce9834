//! How a record is written.

use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::fixtures::{from_hex, hex, record};
use crate::session::SessionRecord;
use crate::time::Time;
use crate::token::SessionId;

fn full() -> SessionRecord {
    let mut claims = Map::new();
    claims.insert("team".to_owned(), Value::from("red"));
    let mut key = Map::new();
    key.insert("jkt".to_owned(), Value::from("thumbprint"));
    SessionRecord {
        username: Some("ann".to_owned()),
        auth_time: Some(Time::from_seconds(900)),
        amr: vec!["pwd".to_owned(), "otp".to_owned()],
        acr: Some("2".to_owned()),
        confirmation: Some(key),
        claims,
        login: Some(SessionId::from_bytes([4; 16])),
        provider_session: Some([5; 16]),
        ends_at: Some(Time::from_seconds(3_000)),
        begun_at: Some(Time::from_seconds(800)),
        ..record()
    }
}

/// `record()` without fields, then each field of `full()`.
fn parts() -> [String; 14] {
    let text = |text: &str| format!("{:08x}{}", text.len(), hex(text.as_bytes()));
    [
        format!("{}07{}", "03".repeat(16), hex(b"reports")) + "000003e8000007d0" + &text("reports"),
        format!("01{}", text("ann")),
        format!("02{}", text("orders:read orders:list")),
        format!("03{}", text("https://api.example.com")),
        format!("04{}", text("pwd")),
        format!("04{}", text("otp")),
        format!("05{}", text("2")),
        format!("06{}", text(r#"{"jkt":"thumbprint"}"#)),
        format!("07{}", text(r#"{"team":"red"}"#)),
        "0800000384".to_owned(),
        format!("09{}", "04".repeat(16)),
        format!("0a{}", "05".repeat(16)),
        "0b00000bb8".to_owned(),
        "0c00000320".to_owned(),
    ]
}

#[test]
fn a_number_is_read_as_it_was_written() {
    // One that is read digit by digit, as a float, would come back as 1.9999999999999997e50.
    for number in [
        "2.0e50",
        "-0.0",
        "1.7976931348623157e308",
        "0.1",
        "123456789.123456789",
    ] {
        let mut written = record();
        let claims = format!(r#"{{"n":{number}}}"#);
        written.claims = serde_json::from_str(&claims).unwrap();
        let read = SessionRecord::from_bytes(&written.to_bytes()).unwrap();
        assert_eq!(read, written);
        assert_eq!(read.claims["n"].as_f64(), number.parse().ok());
    }
}

#[test]
fn record_format_unchanged() {
    let parts = parts();
    assert_eq!(hex(&full().to_bytes()), parts.concat());
    assert_eq!(
        hex(&record().to_bytes()),
        [&*parts[0], &*parts[2], &*parts[3]].concat()
    );
}

#[test]
fn reads_what_it_wrote() {
    for record in [record(), full()] {
        assert_eq!(SessionRecord::from_bytes(&record.to_bytes()), Some(record));
    }
}

#[test]
fn a_record_of_a_later_version_is_unreadable() {
    for later in ["00", "0d", "0d00000000", "ff"] {
        for record in [record(), full()] {
            let mut written = record.to_bytes();
            written.extend(from_hex(later));
            assert_eq!(SessionRecord::from_bytes(&written), None, "{later}");
        }
    }
}

#[test]
fn fields_come_in_order_and_once_except_lists() {
    let parts = parts();
    let read = |order: &[usize]| {
        let text: String = order.iter().map(|part| parts[*part].as_str()).collect();
        SessionRecord::from_bytes(&from_hex(&text))
    };
    assert!(read(&[0, 3, 3, 4, 4, 5]).is_some());
    assert_eq!(read(&[0, 2, 1]), None);
    for single in [1, 2, 6, 7, 8, 9, 10, 11, 12, 13] {
        assert!(read(&[0, single]).is_some(), "{single}");
        assert_eq!(read(&[0, single, single]), None, "{single}");
    }
}

#[test]
fn a_cut_record_is_another_or_none() {
    let whole = full().to_bytes();
    for length in 0..whole.len() {
        assert_ne!(SessionRecord::from_bytes(&whole[..length]), Some(full()));
    }
    // An invalid scope, an audience that is not a URI, claims that are not an object.
    for wrong in [
        "0200000000",
        "030000000161",
        "07000000025b5d",
        "070000000131",
    ] {
        let text = parts()[0].clone() + wrong;
        assert_eq!(SessionRecord::from_bytes(&from_hex(&text)), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(fields: Vec<u8>) {
        let _ = SessionRecord::from_bytes(&fields);
        let mut written = from_hex(&parts()[0]);
        written.extend(fields);
        if let Some(record) = SessionRecord::from_bytes(&written) {
            prop_assert_eq!(SessionRecord::from_bytes(&record.to_bytes()), Some(record));
        }
    }
}
