//! What goes to the origin and what comes back.

use proptest::prelude::*;

use crate::config::Identity;
use crate::fixtures::record;
use crate::gate::forward::{
    CookieHeader, Guard, Received, STRIPPED, identity, is_own_cookie, origin_url, person,
    should_strip, strip_own_cookies,
};
use crate::session::SessionRecord;
use crate::time::Time;

const ISSUER: &str = "https://auth.example.com";

#[test]
fn names_are_in_lower_case_and_all_of_them_stop() {
    for name in STRIPPED {
        assert_eq!(*name, name.to_ascii_lowercase());
        assert!(should_strip(name), "{name}");
        assert!(should_strip(&name.to_ascii_uppercase()), "{name}");
        assert!(should_strip(&name.replace('-', "_")), "{name}");
    }
}

#[test]
fn prefixes_and_spellings_stop() {
    for name in [
        "Authorization",
        "X-Postern-Subject",
        "X_Postern_Subject",
        "x-postern_subject",
        "X-POSTERN-Anything",
        "x-postern-",
        "X-Forwarded-Host",
        "X-Forwarded-Anything",
        "X_Forwarded_For",
        "x-forwarded_proto",
        "X-Auth-Request-Email",
        "CF_Connecting_IP",
        "X_Real_IP",
        "X-HTTP-Method-Override",
    ] {
        assert!(should_strip(name), "{name}");
    }
}

#[test]
fn what_other_gates_and_proxies_say_stops() {
    for name in [
        // Where a request comes from, as other proxies and networks say it.
        "True-Client-IP",
        "true_client_ip",
        "Client-IP",
        "X-Client-IP",
        "X-Cluster-Client-IP",
        "Fastly-Client-IP",
        "X-Originating-IP",
        "X-Remote-IP",
        "X-Remote-Addr",
        "X-Azure-ClientIP",
        "X-Appengine-User-IP",
        // Who is there, as other gates say it.
        "X-Remote-User",
        "X-Remote-Groups",
        "Remote-Email",
        "X-WebAuth-User",
        "X-WebAuth-Groups",
        "X-Goog-Authenticated-User-Email",
        "X-Goog-IAP-JWT-Assertion",
        "X-Amzn-Oidc-Data",
        "X-Amzn-Oidc-Identity",
        "X-MS-Client-Principal",
        "X-MS-Client-Principal-Name",
        "X-MS-Token-AAD-ID-Token",
        "Tailscale-User-Login",
        "X-Authentik-Username",
        "X-Pomerium-Jwt-Assertion",
        "X-Pomerium-Claim-Email",
        "Cf-Access-Authenticated-User-Email",
        "Cf-Access-Jwt-Assertion",
        "X-Vouch-User",
        "X-Userinfo",
        "X-Consumer-Username",
        "X-Credential-Identifier",
        "X-Anonymous-Consumer",
        "X-Authenticated-Userid",
        "OIDC_CLAIM_sub",
        "OIDC-Access-Token",
        "Shib-Identity-Provider",
        "iv-user",
        "SM_USER",
        "Ngrok-Auth-User-Email",
        "X-Endpoint-API-Userinfo",
        "X-Envoy-External-Address",
        "X-Envoy-Original-Path",
        "X-Middleware-Subrequest",
        // Which certificate a client has shown.
        "SSL-Client-Cert",
        "X-SSL-Client-S-DN",
        "X-SSL-Client-Verify",
        "X-Client-Cert",
        "X-Client-Certificate",
        "X-ARR-ClientCert",
        "Client-Cert",
        "Client-Cert-Chain",
        "X-Amzn-Mtls-Clientcert-Subject",
        "Cf-Client-Cert-Der-Base64",
    ] {
        assert!(should_strip(name), "{name}");
        assert!(should_strip(&name.replace('-', "_")), "{name}");
        assert!(should_strip(&name.to_ascii_uppercase()), "{name}");
    }
}

#[test]
fn what_origins_need_goes_on() {
    for name in [
        "",
        "host",
        "accept",
        "cookie",
        "content-type",
        "content-length",
        "Range",
        "If-None-Match",
        "Origin",
        "Upgrade",
        "Sec-WebSocket-Key",
        "X-Forwarded-For",
        "x-forwarded-proto",
        "X-Real-IP",
        "CF-Connecting-IP",
        "CF-Ray",
        "CDN-Loop",
        "X-Request-ID",
        "X-Client-Version",
        "X-Client-Id",
        "Client-Version",
        "X-SSL",
        "X-Amzn-Trace-Id",
        "X-MS-Client-Request-Id",
        "X-Goog-Api-Key",
        "X-Remote",
        "Remote",
        "CF-IPCountry",
        "CF-Visitor",
        "CF-Worker",
        "x-postern",
        "x-posternal",
        "authorization-x",
        "api_key",
        "é",
    ] {
        assert!(!should_strip(name), "{name}");
    }
}

#[test]
fn own_cookies_stop() {
    use CookieHeader::{Removed, Rewritten, Unchanged};
    let rewritten = |text: &str| Rewritten(text.to_owned());
    for (header, expected) in [
        ("", Unchanged),
        ("a=1; b=2", Unchanged),
        ("a=__Host-postern; b", Unchanged),
        ("x__Host-postern=1", Unchanged),
        ("__Host-other=1;;", Unchanged),
        ("__Host-postern=pst_st_x", Removed),
        ("  __Host-postern=pst_st_x ; ", Removed),
        ("__HOST-Postern-login=x;__secure-POSTERN=y", Removed),
        ("__Host-postern", Removed),
        ("=__Host-postern=x", Removed),
        ("a=1; __Host-postern=x; b=2", rewritten("a=1; b=2")),
        (
            "__Host-postern=x;a=\"1 2\";\tb=2=3",
            rewritten("a=\"1 2\"; b=2=3"),
        ),
        ("a=1;; __Secure-postern-x=y", rewritten("a=1")),
        ("é=1; __Host-postern=é", rewritten("é=1")),
    ] {
        assert_eq!(strip_own_cookies(header, None), expected, "{header:?}");
    }
}

#[test]
fn identity_headers_format_unchanged() {
    let lines = identity(&Identity::default(), &record(), ISSUER);
    assert_eq!(
        lines.lines().collect::<Vec<_>>(),
        [
            "x-postern-subject",
            "reports",
            "x-postern-client",
            "reports",
            "x-postern-scope",
            "orders:read orders:list",
            "x-postern-session",
            "AwMDAwMDAwMDAwMDAwMDAw",
        ]
    );
}

#[test]
fn the_identity_for_a_handler_has_all_that_a_record_says_of_a_person() {
    assert_eq!(
        person(&record(), ISSUER),
        r#"{"subject":"reports","client":"reports","scope":"orders:read orders:list","session":"AwMDAwMDAwMDAwMDAwMDAw","issuer":"https://auth.example.com","amr":[],"claims":"{}"}"#
    );
    let mut whole = SessionRecord {
        username: Some("ann".to_owned()),
        auth_time: Some(Time::from_seconds(900)),
        amr: vec!["pwd".to_owned(), "otp".to_owned()],
        acr: Some("mfa".to_owned()),
        ..record()
    };
    // Text goes on as it is: nothing of this is a header.
    whole.subject = "ann\r\n\"ä%".to_owned();
    whole
        .claims
        .insert("groups".to_owned(), serde_json::json!(["staff"]));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&person(&whole, ISSUER)).unwrap(),
        serde_json::json!({
            "subject": "ann\r\n\"ä%",
            "client": "reports",
            "scope": "orders:read orders:list",
            "session": "AwMDAwMDAwMDAwMDAwMDAw",
            "issuer": ISSUER,
            "username": "ann",
            "authTime": 900,
            "amr": ["pwd", "otp"],
            "acr": "mfa",
            "claims": "{\"groups\":[\"staff\"]}",
        })
    );
}

/// The value of the header for the subject.
fn said(record: &SessionRecord) -> String {
    let lines = identity(&Identity::default(), record, ISSUER);
    lines.split('\n').nth(1).unwrap().to_owned()
}

#[test]
fn a_subject_cannot_inject_a_header() {
    let encoded = |subject: &str| {
        let mut record = record();
        record.subject = subject.to_owned();
        said(&record)
    };
    assert_eq!(encoded("ann@example.com|1"), "ann@example.com|1");
    assert_eq!(
        encoded("a\r\nX-Postern-Scope: all"),
        "a%0D%0AX-Postern-Scope:%20all"
    );
    assert_eq!(encoded("Zoë"), "Zo%C3%AB");
    assert_eq!(encoded("100%41"), "100%2541");
    assert_eq!(encoded(" a "), "%20a%20");
    assert_eq!(encoded("\u{7f}\0"), "%7F%00");
    assert_eq!(encoded(""), "");
}

#[test]
fn the_origin_is_asked_for_what_was_asked() {
    let base = "https://origin.example:8443";
    for (url, expected) in [
        ("https://a.example/", "https://origin.example:8443/"),
        (
            "https://a.example/a%20b?c=%2F&d",
            "https://origin.example:8443/a%20b?c=%2F&d",
        ),
        ("https://a.example/x?", "https://origin.example:8443/x?"),
        (
            "https://a.example/x?u=https://b.example/",
            "https://origin.example:8443/x?u=https://b.example/",
        ),
        ("https://a.example", "https://origin.example:8443"),
    ] {
        assert_eq!(origin_url(base, url), expected);
    }
}

const OPEN: Guard = Guard {
    tokens: false,
    sessions: false,
    cors: false,
    keeps: false,
};
const TOKENS: Guard = Guard {
    tokens: true,
    ..OPEN
};
const SESSIONS: Guard = Guard {
    sessions: true,
    ..OPEN
};
const ANY: Guard = Guard {
    tokens: true,
    sessions: true,
    ..OPEN
};
const KEEPING: Guard = Guard {
    keeps: true,
    ..SESSIONS
};
const CORS: Guard = Guard { cors: true, ..OPEN };

fn caching(guard: Guard, cache_control: Option<&str>) -> Option<String> {
    guard.cache_control(&Received {
        cache_control,
        ..Received::default()
    })
}

fn varying(guard: Guard, vary: Option<&str>) -> Option<String> {
    guard.vary(&Received {
        vary,
        ..Received::default()
    })
}

#[test]
fn protected_answers_are_private() {
    for (existing, expected) in [
        (None, Some("private")),
        (Some(""), Some("private")),
        (Some(" , ,"), Some("private")),
        (Some("private"), None),
        (Some("PRIVATE , max-age=5"), None),
        (Some("max-age=0,no-store"), None),
        (Some("public, no-store"), None),
        (Some("no-cache"), Some("private, no-cache")),
        (Some("public"), Some("private")),
        (
            Some("Public,max-age=60, S-MaxAge = 600"),
            Some("private, max-age=60"),
        ),
        (Some("private, public"), Some("private")),
        (
            Some("private, s-maxage=5, max-age=1"),
            Some("private, max-age=1"),
        ),
        (
            Some("proxy-revalidate, must-revalidate, stale-while-revalidate=30"),
            Some("private, must-revalidate, stale-while-revalidate=30"),
        ),
        (
            Some("private=\"set-cookie, x\", max-age=5"),
            Some("private, max-age=5"),
        ),
        (
            Some("no-cache=\"a, public, \\\", b\", immutable"),
            Some("private, no-cache=\"a, public, \\\", b\", immutable"),
        ),
        (Some("x=\"private\""), Some("private, x=\"private\"")),
        (Some("x=\"no-store"), Some("private")),
        (Some("max-age=1, x=\"a, public"), Some("private, max-age=1")),
        (Some("no-store=1"), Some("private, no-store=1")),
        (Some("x=é"), Some("private, x=é")),
    ] {
        assert_eq!(
            caching(TOKENS, existing).as_deref(),
            expected,
            "{existing:?}"
        );
    }
}

#[test]
fn protected_answers_vary() {
    for (existing, expected) in [
        (None, Some("Authorization")),
        (Some(""), Some("Authorization")),
        (Some(" , "), Some("Authorization")),
        (
            Some("Accept-Encoding"),
            Some("Accept-Encoding, Authorization"),
        ),
        (
            Some("Accept, Cookie,"),
            Some("Accept, Cookie, Authorization"),
        ),
        (Some("accept,AUTHORIZATION"), None),
        (Some("*"), None),
        (Some("Accept, *"), None),
        (
            Some("X-Authorization"),
            Some("X-Authorization, Authorization"),
        ),
    ] {
        assert_eq!(
            varying(TOKENS, existing).as_deref(),
            expected,
            "{existing:?}"
        );
    }
}

#[test]
fn answers_behind_a_login_vary_by_what_decided() {
    for (guard, existing, expected) in [
        (SESSIONS, None, Some("Cookie")),
        (SESSIONS, Some("cookie"), None),
        (SESSIONS, Some("*"), None),
        (
            SESSIONS,
            Some("Authorization"),
            Some("Authorization, Cookie"),
        ),
        (ANY, None, Some("Authorization, Cookie")),
        (
            ANY,
            Some("Cookie, Accept"),
            Some("Cookie, Accept, Authorization"),
        ),
        (ANY, Some("authorization"), Some("authorization, Cookie")),
        (ANY, Some("COOKIE,authorization"), None),
        (ANY, Some("Accept, *"), None),
    ] {
        assert_eq!(
            varying(guard, existing).as_deref(),
            expected,
            "{existing:?}"
        );
    }
}

/// Back on a page after the logout, a browser must have to ask.
#[test]
fn no_page_from_behind_a_login_is_kept() {
    for guard in [SESSIONS, ANY] {
        for content_type in [
            None,
            Some(""),
            Some("text/html"),
            Some("Text/HTML; charset=utf-8"),
            Some("application/xhtml+xml"),
            Some("application/xml"),
            Some("application/pdf"),
            Some("application/json"),
            Some("text/plain"),
            Some("text/html, text/css"),
            Some("text/csss"),
            Some("x-image/png"),
            Some("é"),
        ] {
            for (existing, expected) in [
                (None, Some("private, no-store")),
                (Some("public, max-age=3600"), Some("private, no-store")),
                (Some("private"), Some("private, no-store")),
                (Some("no-cache"), Some("private, no-store")),
                (Some("NO-STORE, x"), None),
            ] {
                let verdict = guard.cache_control(&Received {
                    cache_control: existing,
                    content_type,
                    ..Received::default()
                });
                assert_eq!(
                    verdict.as_deref(),
                    expected,
                    "{content_type:?} {existing:?}"
                );
            }
        }
    }
}

#[test]
fn what_pages_are_made_of_is_asked_for_each_time() {
    for (content_type, status) in [
        (Some("text/css"), 200),
        (Some("TEXT/JavaScript ; charset=utf-8"), 200),
        (Some("application/wasm"), 206),
        (Some("font/woff2"), 404),
        (Some("image/svg+xml"), 200),
        (Some("text/css"), 304),
        // As most servers answer it.
        (None, 304),
    ] {
        for (existing, expected) in [
            (None, Some("private, no-cache")),
            (
                Some("public, max-age=31536000, immutable, no-transform"),
                Some("private, no-cache, no-transform"),
            ),
            (
                Some("private, max-age=9, must-revalidate"),
                Some("private, no-cache"),
            ),
            (
                Some("max-age=9, stale-while-revalidate=60, stale-if-error=\"1\""),
                Some("private, no-cache"),
            ),
            (Some("no-cache"), Some("private, no-cache")),
            (Some("private, No-Cache"), Some("private, no-cache")),
            (Some("private, no-cache"), None),
            (Some("private, no-cache=\"x\""), Some("private, no-cache")),
            (Some("no-store"), None),
        ] {
            let received = |cache_control| Received {
                cache_control,
                content_type,
                status,
                vary: None,
            };
            let verdict = SESSIONS.cache_control(&received(existing));
            assert_eq!(
                verdict.as_deref(),
                expected,
                "{content_type:?} {existing:?}"
            );
            // Changing it once is enough.
            let changed = verdict.as_deref().or(existing);
            assert_eq!(SESSIONS.cache_control(&received(changed)), None);
        }
    }
}

/// A file whose name changes with its content need not be asked for. Everything else is as without `keep`.
#[test]
fn with_keep_a_browser_keeps_the_parts_of_pages() {
    let kept = Some("private, max-age=31536000, immutable");
    for (status, content_type, existing, expected) in [
        (200, "text/css", None, kept),
        (304, "text/css", None, kept),
        // As static assets say it by themselves.
        (
            200,
            "text/css",
            Some("public, max-age=0, must-revalidate"),
            kept,
        ),
        (
            206,
            "font/woff2",
            Some("public, s-maxage=9, max-age=3600, immutable"),
            Some("private, max-age=3600, immutable"),
        ),
        (200, "image/png", Some("private, max-age=\"60\""), None),
        (
            200,
            "image/png",
            Some("no-cache, max-age=60"),
            Some("private, no-cache"),
        ),
        (200, "image/png", Some("no-store"), None),
        (
            200,
            "text/html",
            Some("max-age=60"),
            Some("private, no-store"),
        ),
        (
            404,
            "image/png",
            Some("max-age=60"),
            Some("private, no-cache"),
        ),
        (302, "text/css", None, Some("private, no-cache")),
        (500, "text/css", None, Some("private, no-cache")),
    ] {
        let verdict = KEEPING.cache_control(&Received {
            cache_control: existing,
            content_type: Some(content_type),
            status,
            vary: None,
        });
        assert_eq!(
            verdict.as_deref(),
            expected,
            "{status} {content_type} {existing:?}"
        );
    }
}

#[test]
fn a_guard_crosses_to_javascript_as_a_number() {
    for (guard, bits) in [
        (OPEN, 0),
        (TOKENS, 1),
        (SESSIONS, 2),
        (ANY, 3),
        (CORS, 4),
        (Guard { cors: true, ..ANY }, 7),
        (KEEPING, 10),
    ] {
        assert_eq!(guard.bits(), bits);
        assert_eq!(Guard::from_bits(bits), guard);
        assert_eq!(guard.is_some(), bits & 3 != 0);
    }
}

/// The Fetch Standard, "CORS protocol and HTTP caches".
#[test]
fn where_postern_answers_cors_the_answer_says_that_it_depends_on_the_origin() {
    for (existing, expected) in [
        (None, Some("Origin")),
        (Some("Accept"), Some("Accept, Origin")),
        (Some("accept, ORIGIN"), None),
        (Some("*"), None),
    ] {
        assert_eq!(varying(CORS, existing).as_deref(), expected, "{existing:?}");
    }
    let guarded = Guard { cors: true, ..ANY };
    let expected = Some("Authorization, Cookie, Origin");
    assert_eq!(varying(guarded, None).as_deref(), expected);
    // A public answer stays so.
    assert_eq!(caching(CORS, Some("public, max-age=60")), None);
    assert_eq!(caching(CORS, None), None);
}

#[test]
fn a_line_that_sets_an_own_cookie_is_recognised() {
    for own in [
        "__Host-postern-session=x; Secure; Path=/",
        "__Host-postern-session=; Max-Age=0",
        "__Host-postern-login-AAAAAAAA=x",
        "__host-Postern-browser=x",
        " \t__Secure-postern-x=y",
        "__Host-postern-session",
        "=__Host-postern-session=x",
        " = __Host-postern-known=x",
    ] {
        assert!(is_own_cookie(own), "{own}");
    }
    for other in [
        "session=x",
        "__Host-session=x",
        "postern-session=x",
        "a=__Host-postern-session=x",
        "a=b; __Host-postern-session=x",
        "x__Host-postern-session=y",
        "",
    ] {
        assert!(!is_own_cookie(other), "{other}");
    }
}

proptest! {
    #[test]
    fn no_cache_control_stays_shared(value in "[a-z=,\" \\\\-]{0,24}(public|s-maxage=1|private)?[,\" ]{0,2}") {
        if let Some(changed) = caching(TOKENS, Some(&value)) {
            prop_assert!(changed.starts_with("private"));
            // Changing it once is enough.
            prop_assert_eq!(caching(TOKENS, Some(&changed)), None);
        }
    }

    #[test]
    fn no_own_cookie_survives(header in "([a-z]{1,3}|__Host-postern|__secure-Postern|=|;| |\t){0,12}") {
        let left = match strip_own_cookies(&header, None) {
            CookieHeader::Unchanged => header,
            CookieHeader::Removed => String::new(),
            CookieHeader::Rewritten(rest) => rest,
        };
        prop_assert_eq!(strip_own_cookies(&left, None), CookieHeader::Unchanged);
    }

    #[test]
    fn any_subject_is_visible_ascii_and_comes_back(subject in any::<String>()) {
        let mut record = record();
        record.subject.clone_from(&subject);
        let encoded = &said(&record);
        prop_assert!(encoded.bytes().all(|byte| (0x21..0x7f).contains(&byte)));
        let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap();
        prop_assert_eq!(decoded, subject);
    }
}
