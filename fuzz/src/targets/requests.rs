//! What requests bring: forms, headers, cookies.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use postern::browser::{CookieName, user_agent as browser};
use postern::gate::forward::{CookieHeader, STRIPPED, should_strip, strip_own_cookies};
use postern::protocol::credentials::{self, Authorization};
use postern::protocol::{Form, form as forms, max_age as ages, web_url};

use crate::Outcome;
use crate::input::{parts, text};
use crate::reference::decoded;

pub fn form(bytes: &[u8]) -> Outcome {
    // What is written as a form is read as it was.
    let value = text(bytes);
    let written = web_url::encode(&[("a", &value), ("b", "1")]);
    let read = Form::parse(written.as_bytes()).expect("what is written is a form");
    assert_eq!(read.get("a").unwrap_or_default(), value);
    assert_eq!(read.get("b"), Some("1"));
    let again = forms::decode(web_url::encode_one(&value).as_bytes());
    assert_eq!(again.as_deref(), Ok(value.as_str()));

    let once = Form::parse(bytes);
    let Ok(form) = Form::parse_repeatable(bytes, &["resource"]) else {
        assert!(
            once.is_err(),
            "a form is refused because something may be repeated"
        );
        return Outcome::Refused;
    };
    let spaced: Vec<u8> = bytes
        .iter()
        .map(|b| if *b == b'+' { b' ' } else { *b })
        .collect();
    let mut names = Vec::new();
    for pair in spaced.split(|b| *b == b'&').filter(|pair| !pair.is_empty()) {
        let mut parts = pair.splitn(2, |b| *b == b'=');
        let mut next = || decoded(parts.next().unwrap_or_default());
        let (name, value) = (next(), next());
        let name = String::from_utf8(name).expect("a form is UTF-8 once decoded");
        let value = String::from_utf8(value).expect("a form is UTF-8 once decoded");
        let known = form.get_all(&name).any(|known| known == value);
        assert_eq!(known, !value.is_empty(), "{name:?} lacks {value:?}");
        assert!(
            name == "resource" || !names.contains(&name),
            "{name:?} is repeated"
        );
        names.push(name);
    }
    Outcome::Accepted
}

pub fn form_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "grant_type=client_credentials&scope=a+b%20c&x",
        "resource=urn:a&a=1&resource=&resource=urn%3Ab",
        "token=pst_at_x&token_type_hint=access_token",
        "a=1&%61=2",
        "a=%ff&b=%C3%A9&c=%2",
        "&&=&==",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

pub fn authorization(bytes: &[u8]) -> Outcome {
    // A header's value has no control characters.
    let value = text(bytes).replace(char::is_control, " ");
    let bearer = credentials::authorization(&value);
    let is_bearer = value
        .get(..7)
        .is_some_and(|head| head.eq_ignore_ascii_case("bearer "));
    let mut accepted = false;
    match bearer {
        Authorization::Bearer(token) => {
            assert!(is_bearer && value.ends_with(token));
            let body = token.trim_end_matches('=');
            assert!(!body.is_empty());
            assert!(
                body.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-._~+/".contains(c))
            );
            assert_eq!(value[6..value.len() - token.len()].trim_matches(' '), "");
            accepted = true;
        }
        Authorization::Other => assert!(!is_bearer),
        Authorization::MalformedBearer => {}
    }
    if let Some(Ok(basic)) = credentials::basic(&value) {
        assert!(matches!(
            bearer,
            Authorization::Other | Authorization::MalformedBearer
        ));
        // As clients write it (RFC 6749 section 2.3.1), it means the same.
        let pair = format!(
            "{}:{}",
            web_url::encode_one(&basic.client_id),
            web_url::encode_one(basic.client_secret.expose())
        );
        let written = format!("bAsIc  {}", Base64::encode_string(pair.as_bytes()));
        let again = credentials::basic(&written)
            .expect("it is Basic")
            .expect("it is well-formed");
        assert_eq!(again.client_id, basic.client_id);
        assert_eq!(again.client_secret, basic.client_secret);
        assert!(
            basic.client_id.contains("s3cr3t") || !format!("{basic:?}").contains("s3cr3t"),
            "the secret is printed"
        );
        accepted = true;
    }
    Outcome::of(accepted)
}

pub fn authorization_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "Bearer pst_at_abc-._~+/==",
        "bearer   x",
        "Bearer",
        "Bearer a b",
        "Basic cmVwb3J0czpzM2NyM3Q=",
        "BASIC YSUzQWI6Yys9",
        "Basic cmVwb3J0cw==",
        "Digest a=b, Bearer x",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

/// Postern's cookies in a header, as a server reads it that minds neither case nor white space.
fn own(header: &str) -> usize {
    let trimmed = |text: &str| text.trim_matches([' ', '\t']).to_ascii_lowercase();
    let is_own = |pair: &&str| {
        let pair = trimmed(pair);
        let pair = trimmed(pair.strip_prefix('=').unwrap_or(&pair));
        pair.starts_with("__host-postern") || pair.starts_with("__secure-postern")
    };
    header.split(';').filter(is_own).count()
}

pub fn cookies(bytes: &[u8]) -> Outcome {
    let [value, header] = parts(bytes);
    let (value, header) = (text(value), text(header));
    let login = CookieName::login(&value);
    for name in [Some(CookieName::SESSION), Some(CookieName::BROWSER), login]
        .into_iter()
        .flatten()
    {
        // What Postern sets, it reads, wherever it stands; twice, it counts as absent.
        if let Some(set) = name.set(&value, Some(Duration::from_mins(1))) {
            let pair = set.split(';').next().expect("there is a pair");
            assert_eq!(
                set.matches(';').count(),
                5,
                "a value adds an attribute: {set}"
            );
            assert_eq!(name.read(pair), Some(value.as_str()));
            assert_eq!(name.read(&format!("a=b; {pair}")), Some(value.as_str()));
            assert_eq!(name.read(&format!("{pair}; {pair}")), None);
        }
        if let Some(read) = name.read(&header) {
            assert!(
                name.set(read, None).is_some(),
                "a value is read that is never written"
            );
            assert!(own(&header) > 0);
        }
    }
    match strip_own_cookies(&header, None) {
        CookieHeader::Unchanged => {
            assert_eq!(own(&header), 0, "one of Postern's cookies goes on");
            Outcome::Refused
        }
        CookieHeader::Removed => Outcome::Accepted,
        CookieHeader::Rewritten(rest) => {
            assert_eq!(own(&rest), 0, "one of Postern's cookies goes on");
            assert_eq!(strip_own_cookies(&rest, None), CookieHeader::Unchanged);
            assert!(rest.len() <= 2 * header.len());
            // The others are all there, in their order.
            let pairs = |text: &str| -> Vec<String> {
                let pairs = text
                    .split(';')
                    .map(|pair| pair.trim_matches([' ', '\t']).to_owned());
                pairs
                    .filter(|pair| !pair.is_empty() && own(pair) == 0)
                    .collect()
            };
            assert_eq!(pairs(&rest), pairs(&header));
            Outcome::Accepted
        }
    }
}

pub fn cookies_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "abc\n__Host-postern-session=abc; theme=dark",
        "abcdefgh-\na=1; __host-Postern-login-abcdefgh=x;b=2",
        "\n=__Host-postern-session=x; y",
        "a,b\n\t__Secure-postern=1;; ;c",
        "x\na=b; c=d",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

pub fn user_agent(bytes: &[u8]) -> Outcome {
    let header = text(bytes);
    let description = browser::describe(&header);
    // Whatever is sent, these words are Postern's own.
    let browsers = [
        "a browser",
        "Edge",
        "Opera",
        "Vivaldi",
        "Samsung Internet",
        "Firefox",
        "Chrome",
        "Safari",
    ];
    let systems = [
        "iPhone", "iPad", "Android", "ChromeOS", "Windows", "Mac", "Linux",
    ];
    match description.split_once(" on ") {
        Some((browser, system)) => {
            assert!(browsers.contains(&browser) && systems.contains(&system));
        }
        None => assert!(browsers.contains(&description.as_str()), "{description}"),
    }
    assert_eq!(
        browser::describe(&format!("{header}é")),
        description,
        "the end of a long header counts"
    );
    Outcome::of(description != "a browser")
}

pub fn user_agent_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) CriOS/142.0 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 16) SamsungBrowser/29.0 Chrome/136.0.0.0",
        "curl/8.14.1",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

pub fn header_name(bytes: &[u8]) -> Outcome {
    let name = text(bytes);
    let strips = should_strip(&name);
    // However a server reads its signs and its case, a name that must stop stops.
    let read: String = name
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b.to_ascii_lowercase())
            } else {
                '-'
            }
        })
        .collect();
    assert!(
        strips || !STRIPPED.contains(&read.as_str()),
        "{name:?} goes on as {read}"
    );
    assert!(
        strips || !read.starts_with("x-postern-"),
        "{name:?} goes on as {read}"
    );
    assert!(
        strips || name.contains('-') || !read.starts_with("cf-"),
        "{name:?} goes on as {read}"
    );
    assert_eq!(
        should_strip(&name.to_ascii_uppercase()),
        strips,
        "case decides for {name:?}"
    );
    Outcome::of(strips)
}

pub fn header_name_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "authorization",
        "X_Postern.Subject",
        "x-forwarded-for",
        "X-Forwarded-Host",
        "CF_Connecting_IP",
        "x-webauth-user",
        "cf-access-jwt-assertion",
        "accept",
        "tailscale!user",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

pub fn max_age(bytes: &[u8]) -> Outcome {
    let value = text(bytes);
    let age = ages::max_age(&value);
    // Another directive behind it changes nothing, except one that forbids to keep the answer.
    assert_eq!(ages::max_age(&format!("{value}, no-store")), Some(0));
    if !value.is_empty() {
        assert_eq!(ages::max_age(&format!("{value}, immutable")), age);
    }
    Outcome::of(age.is_some())
}

pub fn max_age_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        "public, max-age=300",
        "max-age=\"7\"",
        "no-cache",
        "Max-Age = 3",
        "max-age=18446744073709551616",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}
