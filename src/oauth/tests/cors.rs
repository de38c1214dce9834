//! CORS at the endpoints (the Fetch Standard), and bodies in a content coding.

use super::*;
use crate::oauth::cors::is_for_scripts;

const PREFLIGHT: Headers = Headers(&[
    ("origin", "https://spa.example"),
    ("access-control-request-method", "POST"),
    ("access-control-request-headers", "authorization"),
]);

const ALL: [Endpoint; 9] = [
    Endpoint::Authorize,
    Endpoint::Token,
    Endpoint::Introspect,
    Endpoint::Revoke,
    Endpoint::UserInfo,
    Endpoint::ServerMetadata,
    Endpoint::ResourceMetadata,
    Endpoint::Health,
    Endpoint::Reserved,
];

fn request<'a>(method: &'a str, endpoint: Endpoint, sender: &'a Headers<'a>) -> Request<'a> {
    Request {
        method,
        sender,
        ..form_request(endpoint.path(), None, "token=x")
    }
}

#[test]
fn preflights_are_answered_where_scripts_may_ask_and_refused_elsewhere() {
    for endpoint in ALL {
        let world = world();
        let answer = world.send(request("OPTIONS", endpoint, &PREFLIGHT));
        let origin = answer.header("access-control-allow-origin");
        if is_for_scripts(endpoint) {
            assert_eq!((answer.status, origin), (204, Some("*")), "{endpoint:?}");
            assert_eq!(
                answer.header("access-control-allow-methods"),
                endpoint.allow()
            );
            assert!(world.fakes.events().is_empty());
        } else {
            assert!(answer.status >= 404, "{endpoint:?}: {}", answer.status);
            assert_eq!(origin, None, "{endpoint:?}");
        }
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert_eq!(world.fakes.io(), 0);
    }
}

#[test]
fn every_answer_is_readable_there_and_none_elsewhere() {
    for endpoint in ALL {
        for method in ["GET", "POST", "PUT", "HEAD", "OPTIONS"] {
            let answer = world().send(request(method, endpoint, &Headers(&[])));
            let origin = answer.header("access-control-allow-origin");
            let expected = is_for_scripts(endpoint).then_some("*");
            assert_eq!(origin, expected, "{method} {endpoint:?}");
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
    }
}

/// RFC 9110 section 15.5.16.
#[test]
fn a_form_in_a_content_coding_is_not_read() {
    for endpoint in [
        Endpoint::Authorize,
        Endpoint::Token,
        Endpoint::Introspect,
        Endpoint::Revoke,
    ] {
        for coding in ["gzip", "br", "identity, gzip", "GZIP"] {
            let headers = [("content-encoding", coding)];
            let answer = world().send(request("POST", endpoint, &Headers(&headers)));
            assert_error(&answer, 415, "invalid_request");
            assert_eq!(answer.header("accept-encoding"), Some("identity"));
        }
        for coding in ["identity", ""] {
            let headers = [("content-encoding", coding)];
            let answer = world().send(request("POST", endpoint, &Headers(&headers)));
            assert_ne!(answer.status, 415, "{endpoint:?} {coding:?}");
        }
    }
}
