//! URLs of other servers, and their parameters.

use proptest::prelude::*;

use crate::protocol::Form;
use crate::protocol::web_url::{LONGEST, WebUrl, WebUrlError, encode};

#[test]
fn what_a_web_url_is() {
    for good in [
        "https://a.example",
        "https://a.example/",
        "https://a.example:8443/realms/x",
        "https://a.example/authorize?p=b2c_1",
        "https://a.example?x",
        "http://localhost:3000/x",
        "http://[::1]:3000/x",
    ] {
        assert_eq!(good.parse::<WebUrl>().unwrap().as_str(), good);
    }
    let long = format!("https://a.example/{}", "a".repeat(LONGEST - 18));
    assert!(long.parse::<WebUrl>().is_ok());
    for bad in [
        "",
        "a.example",
        "//a.example",
        "https:a.example",
        "https://",
        "https:///x",
        "https://A.example/",
        "https://u@a.example/",
        "https://a.example:x/",
        "https://a.example#x",
        "https://a.example/#x",
        "https://a.example\\@b.example/",
        "https://a.example/ x",
        "https://a.example/\n",
        "https://a.example/é",
        "http://a.example/",
        "http://localhost.a.example/",
        "http://localhost@a.example/",
        "javascript://a.example/",
        &format!("{long}a"),
    ] {
        assert_eq!(bad.parse::<WebUrl>(), Err(WebUrlError), "{bad:?}");
    }
}

#[test]
fn parameters_go_behind_those_that_are_there() {
    let with = |url: &str| url.parse::<WebUrl>().unwrap().with(&[("a", "b c&d")]);
    assert_eq!(
        with("https://a.example/x"),
        "https://a.example/x?a=b%20c%26d"
    );
    assert_eq!(
        with("https://a.example/x?p=1"),
        "https://a.example/x?p=1&a=b%20c%26d"
    );
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "\\PC{0,60}") {
        let _ = text.parse::<WebUrl>();
        let _ = format!("https://{text}").parse::<WebUrl>();
    }

    #[test]
    fn what_was_encoded_is_decoded(value in "\\PC{1,60}") {
        let encoded = encode(&[("a", &value), ("b", "x")]);
        let form = Form::parse(encoded.as_bytes()).unwrap();
        prop_assert_eq!(form.get("a"), Some(value.as_str()));
    }
}
