//! Which paths are endpoints, their methods, media types and sizes, and health.

use super::*;
use crate::fakes::Fault;
use crate::protocol::form::FORM_LIMIT;

const FORMS: [Endpoint; 3] = [Endpoint::Token, Endpoint::Introspect, Endpoint::Revoke];

#[test]
fn paths_are_exact() {
    for (path, expected) in [
        ("/oauth/token", Some(Endpoint::Token)),
        ("/oauth/introspect", Some(Endpoint::Introspect)),
        ("/oauth/revoke", Some(Endpoint::Revoke)),
        (
            "/.well-known/oauth-authorization-server",
            Some(Endpoint::ServerMetadata),
        ),
        (
            "/.well-known/oauth-protected-resource",
            Some(Endpoint::ResourceMetadata),
        ),
        (
            "/.well-known/oauth-protected-resource/x/y",
            Some(Endpoint::ResourceMetadata),
        ),
        ("/_postern/health", Some(Endpoint::Health)),
        ("/_postern/", Some(Endpoint::Reserved)),
        ("/_postern/health/", Some(Endpoint::Reserved)),
        ("/_postern/login", Some(Endpoint::Reserved)),
        ("/_postern", None),
        ("/_posternx", None),
        ("/oauth/token/", None),
        ("/oauth/Token", None),
        ("/oauth//token", None),
        ("/oauth/%74oken", None),
        ("/.well-known/oauth-authorization-server/x", None),
        ("/.well-known/oauth-protected-resources", None),
        ("/", None),
        ("", None),
    ] {
        assert_eq!(endpoint(path), expected, "{path}");
    }
}

#[test]
fn a_reserved_path_is_not_found_whatever_the_method() {
    let answer = world().get("/_postern/login");
    assert_error(&answer, 404, "not_found");
    let post = form_request("/_postern/login", None, "");
    assert_eq!(world().send(post), answer);
}

#[test]
fn methods() {
    let world = world();
    for endpoint in FORMS {
        for method in ["GET", "HEAD", "PUT", "OPTIONS", "post", ""] {
            let request = Request {
                method,
                ..form_request(endpoint.path(), None, "")
            };
            let answer = world.send(request);
            assert_error(&answer, 405, "invalid_request");
            assert_eq!(answer.header("allow"), Some("POST"));
            assert!(!endpoint.reads_body(method));
        }
        assert!(endpoint.reads_body("POST"));
    }
    for path in [
        "/_postern/health",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource",
    ] {
        let answer = world.send(form_request(path, None, ""));
        assert_error(&answer, 405, "invalid_request");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"));
        assert!(!endpoint(path).unwrap().reads_body("POST"));
        let get = world.get(path);
        let head = Request {
            method: "HEAD",
            ..form_request(path, None, "")
        };
        let head = world.send(head);
        assert_eq!((get.status, head.status), (200, 200));
        assert_eq!(get.headers, head.headers);
        assert!(!get.body.is_empty() && head.body.is_empty());
    }
}

#[test]
fn only_forms_are_read() {
    let header = basic("reports");
    let send = |endpoint: Endpoint, content_type| {
        let form = "grant_type=client_credentials&token=x";
        world().send(Request {
            content_type,
            ..form_request(endpoint.path(), Some(&header), form)
        })
    };
    for endpoint in FORMS {
        for other in [
            None,
            Some(""),
            Some("application/json"),
            Some("multipart/form-data; boundary=x"),
            Some("application/x-www-form-urlencodedx"),
        ] {
            assert_error(&send(endpoint, other), 400, "invalid_request");
        }
    }
    for form in [
        "application/x-www-form-urlencoded; charset=UTF-8",
        "Application/X-WWW-Form-URLEncoded ;x=y",
    ] {
        assert_eq!(send(Endpoint::Token, Some(form)).status, 200, "{form}");
    }
}

#[test]
fn a_body_may_be_32_kib_and_no_more() {
    let send = |endpoint: Endpoint, body| {
        let header = basic(if endpoint == Endpoint::Introspect {
            "gateway"
        } else {
            "reports"
        });
        world().send(Request {
            body,
            ..form_request(endpoint.path(), Some(&header), "")
        })
    };
    let of_length = |length| {
        let mut bytes = b"grant_type=client_credentials&x=".to_vec();
        bytes.resize(length, b'x');
        Body::of(bytes)
    };
    assert_eq!(FORM_LIMIT, 32_768);
    assert_eq!(send(Endpoint::Token, of_length(32_768)).status, 200);
    for endpoint in FORMS {
        for body in [of_length(32_769), Body::TooLarge] {
            let answer = send(endpoint, body);
            assert_error(&answer, 413, "invalid_request");
            assert!(answer.body.contains("32768 bytes"), "{}", answer.body);
        }
        assert_error(&send(endpoint, Body::Unreadable), 400, "invalid_request");
        assert_error(&send(endpoint, Body::None), 400, "invalid_request");
        let repeated = Body::of(b"token=a&token=b&scope=a&scope=b".to_vec());
        assert_error(&send(endpoint, repeated), 400, "invalid_request");
        let not_utf8 = Body::of(b"token=%ff".to_vec());
        assert_error(&send(endpoint, not_utf8), 400, "invalid_request");
    }
}

#[test]
fn it_is_healthy_while_it_can_follow_the_log() {
    let world = world();
    let health = || world.get("/_postern/health");
    let answer = health();
    let healthy = format!(
        r#"{{"status":"ok","version":"{}"}}"#,
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!((answer.status, &*answer.body), (200, healthy.as_str()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    world.fakes.calls.since.set_fault(Fault::Before);
    world.fakes.advance(Duration::from_millis(4_999));
    assert_eq!(health().status, 200);
    assert_eq!(world.fakes.calls.since.count(), 1);
    world.fakes.advance(Duration::from_millis(1));
    assert_error(&health(), 503, "temporarily_unavailable");
    assert_eq!(world.last_event()["event"], "dependency_unavailable");
    assert_eq!(world.last_event()["dependency"], "revocation log");
    // However often anyone asks, the log is left in peace for a moment.
    for _ in 0..9 {
        assert_eq!(health().status, 503);
    }
    assert_eq!(world.fakes.calls.since.count(), 2);
    world.fakes.calls.since.set_fault(Fault::None);
    world.fakes.advance(Duration::from_secs(1));
    assert_eq!(health().status, 200);
}
