//! RFC 6749 section 2.3.

use super::*;

const GRANT: &str = "grant_type=client_credentials";

fn ask(authorization: Option<&str>, form: &str) -> Answer {
    world().send(form_request("/oauth/token", authorization, form))
}

#[test]
fn basic_works_raw_and_percent_encoded() {
    let raw = basic("reports");
    let encoded = basic_with("%72eports", "reports%2Ds3cr3t%5F");
    for header in [raw.clone(), encoded, raw.replace("Basic", "bASIC ")] {
        assert_eq!(ask(Some(&header), GRANT).status, 200, "{header}");
    }
}

#[test]
fn the_body_works_too() {
    let form = format!("{GRANT}&client_id=reports&client_secret=reports-s3cr3t_");
    assert_eq!(ask(None, &form).status, 200);
}

#[test]
fn every_secret_of_a_client_is_good_and_no_other_one() {
    let mut world = world();
    world.config.clients[0]
        .secret_digests
        .push(digest_of("new"));
    for (secret, status) in [("reports-s3cr3t_", 200), ("new", 200), ("old", 401)] {
        let header = basic_with("reports", secret);
        let answer = world.send(form_request("/oauth/token", Some(&header), GRANT));
        assert_eq!(answer.status, status, "{secret}");
    }
}

#[test]
fn an_unknown_client_and_a_wrong_secret_look_the_same() {
    for path in ["/oauth/token", "/oauth/introspect", "/oauth/revoke"] {
        let world = world();
        let form = format!("{GRANT}&token=x");
        let unknown = basic_with("nobody", "wrong");
        let wrong = basic_with("reports", "wrong");
        let unknown = world.send(form_request(path, Some(&unknown), &form));
        let wrong = world.send(form_request(path, Some(&wrong), &form));
        assert_error(&wrong, 401, "invalid_client");
        assert_eq!(unknown, wrong);
        let post = |id: &str| {
            let form = format!("{form}&client_id={id}&client_secret=wrong");
            world.send(form_request(path, None, &form))
        };
        assert_eq!(post("nobody"), wrong);
        assert_eq!(post("reports"), wrong);
        assert_eq!(world.fakes.io(), 0);
    }
}

#[test]
fn the_log_tells_them_apart_and_holds_no_secret() {
    let world = world();
    for (id, reason) in [
        ("nobody", "unknown client"),
        ("reports", "wrong secret for client reports"),
    ] {
        let header = basic_with(id, "wr0ng");
        world.send(form_request("/oauth/token", Some(&header), GRANT));
        let event = world.last_event();
        assert_eq!(event["event"], "request_refused");
        assert_eq!(event["endpoint"], "/oauth/token");
        assert_eq!(event["error"], "invalid_client");
        assert_eq!(event["reason"], reason);
        assert!(!event.to_string().contains("wr0ng"));
    }
}

#[test]
fn no_credential_at_all() {
    for form in [
        GRANT.to_owned(),
        format!("{GRANT}&client_id=reports"),
        format!("{GRANT}&client_id=reports&client_secret="),
        format!("{GRANT}&client_secret=reports-s3cr3t_"),
        format!("{GRANT}&client_id=reports&client_assertion=x.y.z"),
    ] {
        assert_error(&ask(None, &form), 401, "invalid_client");
    }
}

#[test]
fn another_scheme_and_malformed_basic() {
    for header in [
        "Bearer mF_9.B5f-4.1JqM",
        "Digest x",
        "",
        "Basic",
        "Basic !",
        "Basic cmVwb3J0cw==",
        "Basic /zo=",
        &basic_with("reports", ""),
        &basic_with("", "reports-s3cr3t_"),
    ] {
        assert_error(&ask(Some(header), GRANT), 401, "invalid_client");
    }
}

#[test]
fn two_methods_in_one_request() {
    let header = basic("reports");
    for form in [
        format!("{GRANT}&client_id=reports&client_secret=reports-s3cr3t_"),
        format!("{GRANT}&client_secret=x"),
        format!("{GRANT}&client_assertion=x.y.z"),
    ] {
        assert_error(&ask(Some(&header), &form), 400, "invalid_request");
        assert_error(&ask(Some("Bearer a"), &form), 400, "invalid_request");
    }
}

#[test]
fn a_client_id_beside_basic_must_be_the_same() {
    let header = basic("reports");
    let ask = |id: &str| ask(Some(&header), &format!("{GRANT}&client_id={id}"));
    assert_eq!(ask("reports").status, 200);
    assert_eq!(ask("").status, 200);
    assert_error(&ask("other"), 400, "invalid_request");
}

#[test]
fn a_public_client_names_itself_and_has_nothing_to_show() {
    // RFC 6749 sections 2.3.1 and 3.2.1.
    let mut world = world();
    world.config.clients[1].is_public = true;
    world.config.clients[1].secret_digests.clear();
    let ask = |authorization: Option<&str>, more: &str| {
        let form = format!("token=x{more}");
        world.send(form_request("/oauth/revoke", authorization, &form))
    };
    assert_eq!(ask(None, "&client_id=other").status, 200);
    // A secret is never right, not even an empty one that could stand for none.
    assert_error(
        &ask(None, "&client_id=other&client_secret=x"),
        401,
        "invalid_client",
    );
    for secret in ["", "x", "other-s3cr3t_", "no secret has this as its SHA256"] {
        let header = basic_with("other", secret);
        assert_error(&ask(Some(&header), ""), 401, "invalid_client");
    }
    // Nobody else gets in without one.
    assert_error(&ask(None, "&client_id=reports"), 401, "invalid_client");
}
