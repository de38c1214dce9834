//! Names and addresses: what is taken is kept as it was written, and nothing in it breaks out of where it is put.

use std::fmt::Display;
use std::str::FromStr;

use postern::accounts::Name;
use postern::protocol::issuer::is_web_origin;
use postern::protocol::resource::{METADATA_PATH, metadata_url};
use postern::protocol::{
    ClientId, CodeChallenge, DisplayName, Form, Issuer, Prompt, RedirectUri, ResourceUri, Scope,
    WebUrl,
};

use super::sealed::ISSUER;
use crate::Outcome;
use crate::input::{joined, parts, text};

/// Characters that end a header, an attribute or a URL's part.
fn is_plain(text: &str) -> bool {
    let breaks = |b: u8| !b.is_ascii_graphic() || b"\"<>\\^`{|}#".contains(&b);
    !text.bytes().any(breaks)
}

pub fn scope(bytes: &[u8]) -> Outcome {
    let [one, two] = parts(bytes);
    let (Ok(one), Ok(two)) = (text(one).parse::<Scope>(), text(two).parse::<Scope>()) else {
        return Outcome::Refused;
    };
    assert_eq!(one.to_string().parse().as_ref(), Ok(&one));
    assert!(
        !one.to_string().contains(['"', '\\', '\n']),
        "a scope breaks out of a challenge"
    );
    assert!(one.covers(&one) && one.covers(&Scope::default()));
    let (all, common) = (one.union(&two), one.common(&two));
    assert!(all.covers(&one) && all.covers(&two));
    assert!(one.covers(&common) && two.covers(&common));
    assert_eq!(one.covers(&two), one.union(&two) == one);
    let count = |scope: &Scope| scope.tokens().count();
    assert_eq!(count(&all) + count(&common), count(&one) + count(&two));
    Outcome::Accepted
}

pub fn scope_seeds() -> Vec<Vec<u8>> {
    vec![
        joined(&["read write", "write list"]),
        joined(&["a a", "b"]),
        joined(&["a  b", "\""]),
    ]
}

pub fn redirect_uri(bytes: &[u8]) -> Outcome {
    let [registered, requested] = parts(bytes);
    let (registered, requested) = (text(registered), text(requested));
    let Ok(uri) = registered.parse::<RedirectUri>() else {
        return Outcome::Refused;
    };
    assert_eq!(uri.as_str(), registered);
    assert!(
        is_plain(&registered) && registered.len() <= 512,
        "{registered}"
    );
    assert!(uri.admits(&registered));
    let scheme = registered.split(':').next().unwrap_or_default();
    assert!(
        matches!(scheme, "http" | "https") || scheme.contains('.'),
        "{registered}"
    );
    if uri.admits(&requested) && requested != registered {
        // Only the port of a loopback address may differ.
        let parts = |uri: &str| -> Option<(String, String)> {
            let host = ["http://127.0.0.1", "http://[::1]"]
                .into_iter()
                .find(|host| uri.starts_with(host))?;
            let rest = uri[host.len()..]
                .strip_prefix(':')
                .map_or(&uri[host.len()..], |rest| {
                    rest.trim_start_matches(|c: char| c.is_ascii_digit())
                });
            Some((host.to_owned(), rest.to_owned()))
        };
        assert!(
            parts(&registered).is_some(),
            "{registered} admits {requested}"
        );
        assert_eq!(
            parts(&registered),
            parts(&requested),
            "{registered} admits {requested}"
        );
        assert!(is_plain(&requested));
    }
    Outcome::Accepted
}

pub fn redirect_uri_seeds() -> Vec<Vec<u8>> {
    let pairs = [
        [
            "https://app.example.com/callback?a=b",
            "https://app.example.com/callback",
        ],
        ["http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"],
        ["http://[::1]:80/cb", "http://[::1]/cb"],
        ["http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb"],
        ["com.example.app:/callback", "com.example.app:/callback"],
        ["http://localhost:8080", "http://localhost"],
        ["javascript:alert(1)", ""],
    ];
    pairs.map(|pair| joined(&pair)).into()
}

pub fn resource(bytes: &[u8]) -> Outcome {
    let written = text(bytes);
    let Ok(resource) = written.parse::<ResourceUri>() else {
        return Outcome::Refused;
    };
    assert_eq!(
        (resource.as_str(), resource.to_string()),
        (written.as_str(), written.clone())
    );
    assert!(is_plain(&written) && written.len() <= 512, "{written}");
    let issuer: Issuer = ISSUER.parse().expect("an issuer");
    let found = metadata_url(&issuer, Some(&resource));
    match resource.web_parts() {
        Some((origin, path)) => {
            assert!(is_web_origin(origin));
            assert!(path.is_empty() || path.starts_with('/'));
            assert_eq!(
                written
                    .strip_prefix(origin)
                    .map(|p| if p == "/" { "" } else { p }),
                Some(path)
            );
            let url = format!("{origin}{METADATA_PATH}{path}");
            assert!(url.parse::<WebUrl>().is_ok(), "{url}");
            assert_eq!(found, Some((origin, url)));
            let slash: ResourceUri = format!("{origin}/").parse().expect("a resource");
            assert_eq!(resource == slash, path.is_empty());
        }
        None => assert_eq!(found, None),
    }
    Outcome::Accepted
}

pub fn resource_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "https://api.example.com/orders",
        "urn:example:api",
        "http://127.0.0.1:80/",
        "https://api.example.com?a",
        "https:api",
        "https://a/b#c",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

pub fn web_url(bytes: &[u8]) -> Outcome {
    let [url, value] = parts(bytes);
    let (url, value) = (text(url), text(value));
    let Ok(parsed) = url.parse::<WebUrl>() else {
        return Outcome::Refused;
    };
    assert_eq!(
        (parsed.as_str(), parsed.to_string()),
        (url.as_str(), url.clone())
    );
    assert!(is_plain(&url), "{url}");
    assert!(parsed.is_https() == url.starts_with("https://"));
    // Parameters go behind what is there, and come out as they went in.
    let with = parsed.with(&[("state", &value), ("b", "1")]);
    assert!(is_plain(&with), "{with}");
    let added = with
        .strip_prefix(&url)
        .and_then(|rest| rest.strip_prefix(['?', '&']));
    let added = Form::parse(added.expect("they go behind it").as_bytes()).expect("it is a form");
    assert_eq!(
        (added.get("state").unwrap_or_default(), added.get("b")),
        (value.as_str(), Some("1"))
    );
    Outcome::Accepted
}

pub fn web_url_seeds() -> Vec<Vec<u8>> {
    let pairs = [
        ["https://id.example.com/authorize", "a b&c=d"],
        ["https://id.example.com:8443?tenant=1", "#"],
        ["http://localhost:1/", ""],
        ["http://[::1]/", "%"],
        ["https://a.example@b.example/", ""],
    ];
    pairs.map(|pair| joined(&pair)).into()
}

/// What is taken is written as it was read.
fn stays<T: FromStr + Display>(written: &str) -> bool {
    let parsed = written.parse::<T>().ok();
    parsed
        .inspect(|parsed| assert_eq!(parsed.to_string(), written))
        .is_some()
}

pub fn identifier(bytes: &[u8]) -> Outcome {
    let written = text(bytes);
    let is_identifier = stays::<ClientId>(&written) | stays::<Name>(&written);
    assert!(
        !is_identifier || (is_plain(&written) && !written.contains([':', ',', '/'])),
        "{written}"
    );
    let issuer = written.parse::<Issuer>();
    if let Ok(issuer) = &issuer {
        assert_eq!(issuer.as_str(), written);
        assert!(is_plain(&written) && !written.ends_with('/'), "{written}");
        assert!(issuer.url("/a").parse::<WebUrl>().is_ok() || written.len() > 1_000);
    }
    let name = written.parse::<DisplayName>();
    if let Ok(name) = &name {
        assert_eq!(name.as_str(), written.trim_matches(' '));
        assert!(!written.chars().any(char::is_control), "{written:?}");
    }
    let prompt = written.parse::<Prompt>();
    if let Ok(prompt) = prompt {
        assert_eq!(prompt.as_str(), written);
    }
    let challenge = written.parse::<CodeChallenge>();
    let verifier = CodeChallenge::of(&written);
    assert!(challenge.is_err() || is_plain(&written));
    assert!(verifier.is_err() || (43..=128).contains(&written.len()));
    Outcome::of(
        is_identifier
            || issuer.is_ok()
            || name.is_ok()
            || prompt.is_ok()
            || challenge.is_ok()
            || verifier.is_ok(),
    )
}

pub fn identifier_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "reports",
        "Ann.B_c-d+e@example.com",
        "https://auth.example.com",
        "http://[::1]:8787",
        "Orders on the desktop",
        "select_account",
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "a\u{202e}b",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}
