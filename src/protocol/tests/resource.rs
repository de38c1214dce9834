//! Resource identifiers, and where their metadata is.

use crate::protocol::resource::{ResourceUriError, metadata_url};
use crate::protocol::{Issuer, ResourceUri};

#[test]
fn absolute_and_without_fragment() {
    for good in [
        "https://api.example.com",
        "https://api.example.com/app/",
        "https://a.example/x?y=z",
        "urn:example:api",
    ] {
        assert_eq!(good.parse::<ResourceUri>().unwrap().as_str(), good);
    }
    for bad in [
        "",
        "api",
        "/api",
        "//a.example",
        "https:",
        "https://",
        "https:///x",
        "https://a#f",
        "https://a b",
        "1a:x",
        ":x",
        "https://é",
    ] {
        assert_eq!(bad.parse::<ResourceUri>(), Err(ResourceUriError), "{bad:?}");
    }
    let long = format!("urn:{}", "a".repeat(508));
    assert!(long.parse::<ResourceUri>().is_ok());
    assert!(format!("{long}a").parse::<ResourceUri>().is_err());
}

#[test]
fn web_parts_are_origin_and_path() {
    let parts = |text: &str| {
        let uri: ResourceUri = text.parse().unwrap();
        uri.web_parts().map(|(o, p)| (o.to_owned(), p.to_owned()))
    };
    let pair = |o: &str, p: &str| Some((o.to_owned(), p.to_owned()));
    assert_eq!(parts("https://a.example"), pair("https://a.example", ""));
    assert_eq!(parts("https://a.example/"), pair("https://a.example", ""));
    assert_eq!(
        parts("https://a.example/x/y"),
        pair("https://a.example", "/x/y")
    );
    assert_eq!(
        parts("http://localhost:1/x"),
        pair("http://localhost:1", "/x")
    );
    assert_eq!(parts("http://a.example/x"), None);
    assert_eq!(parts("https://a.example?x"), None);
    assert_eq!(parts("urn:x"), None);
}

#[test]
fn the_well_known_path_is_inserted_before_the_resources_path() {
    let issuer: Issuer = "https://auth.example.com".parse().unwrap();
    let url = |audience: &str| metadata_url(&issuer, audience.parse().ok().as_ref());
    let known = "/.well-known/oauth-protected-resource";
    // The examples of RFC 9728 sections 3 and 3.1.
    assert_eq!(
        url("https://resource.example.com"),
        format!("https://resource.example.com{known}")
    );
    assert_eq!(
        url("https://resource.example.com/resource1"),
        format!("https://resource.example.com{known}/resource1")
    );
    for other in ["https://a.example/?x", "urn:x", ""] {
        assert_eq!(url(other), format!("https://auth.example.com{known}"));
    }
}
