//! What `Authorization` headers hold.

use base64ct::{Base64, Encoding};
use proptest::prelude::*;

use crate::protocol::credentials::{Authorization, authorization, basic, decode_base64};

fn bearer(value: &str) -> Option<&str> {
    match authorization(value) {
        Authorization::Bearer(token) => Some(token),
        Authorization::MalformedBearer | Authorization::Other => None,
    }
}

#[test]
fn bearer_follows_the_abnf() {
    // The example of RFC 6750 section 2.1.
    assert_eq!(bearer("Bearer mF_9.B5f-4.1JqM"), Some("mF_9.B5f-4.1JqM"));
    assert_eq!(bearer("bEaReR   a=="), Some("a=="));
    for bad in [
        "Bearer",
        "Bearer ",
        "Bearer =",
        "Bearer a b",
        "Bearer a,b",
        "Bearer a=b",
        "Bearer é",
        "Bearer a, Bearer b",
        "Bearer\ta",
    ] {
        assert_eq!(bearer(bad), None, "{bad:?}");
    }
    assert!(matches!(
        authorization("Bearer a b"),
        Authorization::MalformedBearer
    ));
    for two in [
        "Basic YTpi, Bearer a",
        "Basic YTpi,bearer a",
        "x, y, Bearer a",
    ] {
        assert!(
            matches!(authorization(two), Authorization::MalformedBearer),
            "{two:?}"
        );
    }
    assert!(matches!(
        authorization("Digest a=b, c=d"),
        Authorization::Other
    ));
    assert!(matches!(authorization("Bearerx a"), Authorization::Other));
    assert!(matches!(authorization("Basic YTpi"), Authorization::Other));
    assert!(matches!(authorization(""), Authorization::Other));
    assert!(matches!(authorization("é"), Authorization::Other));
}

fn pair(value: &str) -> Option<(String, String)> {
    basic(value)?
        .ok()
        .map(|b| (b.client_id.clone(), b.client_secret.expose().clone()))
}

#[test]
fn basic_decodes_both_ways_of_writing() {
    let expected = Some(("s6BhdRkqt3".to_owned(), "7Fjfp0ZBr1KtDRbnfVdmIw".to_owned()));
    // The example of RFC 6749 section 2.3.1.
    assert_eq!(
        pair("Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"),
        expected
    );
    let encode = |text: &str| format!("basic {}", Base64::encode_string(text.as_bytes()));
    let plain = Some(("a-b".to_owned(), "c_d".to_owned()));
    assert_eq!(pair(&encode("a-b:c_d")), plain);
    assert_eq!(pair(&encode("a%2Db:c%5Fd")), plain);
    assert_eq!(
        pair(&encode("a:b:c")),
        Some(("a".to_owned(), "b:c".to_owned()))
    );
    assert_eq!(pair(&encode("a:")), Some(("a".to_owned(), String::new())));
}

#[test]
fn malformed_basic_is_told_from_another_scheme() {
    assert!(basic("Bearer a").is_none());
    for bad in ["Basic", "Basic !", "Basic YQ==", "Basic /w=="] {
        assert!(basic(bad).unwrap().is_err(), "{bad:?}");
    }
    let debug = format!("{:?}", basic("Basic YTpzM2NyM3Q=").unwrap());
    assert!(!debug.contains("s3cr3t"), "{debug}");
}

proptest! {
    #[test]
    fn base64_is_what_the_crate_says_it_is(text in "[A-Za-z0-9+/_= é-]{0,9}", bytes: Vec<u8>) {
        prop_assert_eq!(decode_base64(&text), Base64::decode_vec(&text).ok());
        prop_assert_eq!(decode_base64(&Base64::encode_string(&bytes)), Some(bytes));
    }
}
