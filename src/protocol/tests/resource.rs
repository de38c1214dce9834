//! Resource identifiers, and where their metadata is.

use std::hash::{Hash, Hasher};

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

/// RFC 3986 section 6.2.3.
#[test]
fn an_empty_path_and_a_slash_are_one_resource_and_nothing_else_is() {
    let uri = |text: &str| text.parse::<ResourceUri>().unwrap();
    let hash = |text: &str| {
        let mut hasher = std::hash::DefaultHasher::new();
        uri(text).hash(&mut hasher);
        hasher.finish()
    };
    for (one, other) in [
        ("https://a.example", "https://a.example/"),
        ("https://a.example:8443", "https://a.example:8443/"),
        ("http://localhost:1", "http://localhost:1/"),
    ] {
        assert_eq!(uri(one), uri(other));
        assert_eq!(uri(other), uri(one));
        assert_eq!(hash(one), hash(other));
        // Each stays as it was written.
        assert_eq!(uri(other).as_str(), other);
    }
    for (one, other) in [
        ("https://a.example/x", "https://a.example/x/"),
        ("https://a.example", "https://a.example//"),
        ("https://a.example/", "https://a.example//"),
        ("https://a.example?x", "https://a.example/?x"),
        ("https://a.example?x", "https://a.example?x/"),
        ("https://a.example", "https://A.example/"),
        ("https://a.example", "http://a.example/"),
        ("https://a.example", "https://a.example:443/"),
        ("urn:x", "urn:x/"),
        ("app://a", "app://a/"),
    ] {
        assert_ne!(uri(one), uri(other));
    }
}

#[test]
fn the_well_known_path_is_inserted_before_the_resources_path() {
    let issuer: Issuer = "https://auth.example.com".parse().unwrap();
    let url = |audience: &str| {
        let audience: Option<ResourceUri> = audience.parse().ok();
        let (origin, url) = metadata_url(&issuer, audience.as_ref())?;
        assert!(url.starts_with(origin));
        Some(url)
    };
    let known = "/.well-known/oauth-protected-resource";
    // The examples of RFC 9728 sections 3 and 3.1.
    assert_eq!(
        url("https://resource.example.com"),
        Some(format!("https://resource.example.com{known}"))
    );
    assert_eq!(
        url("https://resource.example.com/resource1"),
        Some(format!("https://resource.example.com{known}/resource1"))
    );
    assert_eq!(url(""), Some(format!("https://auth.example.com{known}")));
    for other in ["https://a.example/?x", "urn:x"] {
        assert_eq!(url(other), None);
    }
}
