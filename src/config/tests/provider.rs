//! `[[providers]]`.

use super::*;
use crate::config::{Allow, Provider, Rule, Test};

/// A table with one provider, of which only what must be there is.
fn with_provider(change: impl FnOnce(&mut Value)) -> Value {
    let mut table = small();
    table["providers"] = json!([{
        "id": "acme",
        "issuer": "https://id.example.com/realms/acme",
        "client_id": "1234@acme",
        "allow": "anyone",
    }]);
    change(&mut table["providers"]);
    table
}

fn read(change: impl FnOnce(&mut Value)) -> Result<Vec<Provider>, Vec<Problem>> {
    let worker = Worker::complete()
        .with("ACME_SECRET", " hunter2\n")
        .with("EMPTY", "\n");
    Config::read(&with_provider(change).to_string(), &worker).map(|config| config.providers)
}

fn provider(key: &str, value: Value) -> Result<Provider, Vec<Problem>> {
    read(|providers| providers[0][key] = value).map(|mut all| all.remove(0))
}

#[track_caller]
fn problem(key: &str, value: Value, at: &str, words: &[&str]) {
    let found = provider(key, value).expect_err("it is a bad one");
    assert_problem(&found, &format!("providers[0].{at}"), words);
}

#[test]
fn the_defaults() {
    let provider = read(|_| ()).unwrap().remove(0);
    assert_eq!(provider.shown_name(), "acme");
    assert_eq!(
        provider.issuer.as_str(),
        "https://id.example.com/realms/acme"
    );
    assert_eq!(provider.client_id, "1234@acme");
    assert_eq!(provider.client_secret, None);
    assert_eq!(provider.scope.to_string(), "openid profile email");
    assert_eq!(provider.subject, "sub");
    assert_eq!(provider.subject_prefix, "acme:");
    assert_eq!(provider.username, None);
    assert!(provider.claims.is_empty());
    assert_eq!(provider.allow, Allow::Anyone);
    assert!(provider.logout);
}

#[test]
fn what_must_be_there() {
    for (key, word) in [
        ("id", "`google`"),
        ("issuer", "openid-configuration"),
        ("client_id", "its console"),
        ("allow", "the whole world"),
    ] {
        let remove = |providers: &mut Value| {
            providers[0].as_object_mut().unwrap().remove(key);
        };
        let found = read(remove).expect_err("something is missing");
        assert_problem(
            &found,
            &format!("providers[0].{key}"),
            &["is missing", word],
        );
    }
}

#[test]
fn the_issuer() {
    for good in ["https://accounts.google.com", "http://localhost:3000"] {
        let read = provider("issuer", json!(good)).unwrap();
        assert_eq!(read.issuer.as_str(), good);
    }
    for bad in [
        "http://id.example.com",
        "id.example.com",
        "https://a.example#x",
    ] {
        problem("issuer", json!(bad), "issuer", &["`https://host`"]);
    }
    problem(
        "issuer",
        json!("https://a.example?x"),
        "issuer",
        &["no query"],
    );
}

#[test]
fn the_secret_is_only_ever_named() {
    let read = provider("client_secret", json!("env:ACME_SECRET")).unwrap();
    assert_eq!(read.client_secret.unwrap().expose(), "hunter2");
    for bad in ["hunter2", "env:", "env:hunter-2", "env:pst_cs_hunter2"] {
        let found = provider("client_secret", json!(bad)).unwrap_err();
        let words = ["`env:GOOGLE_SECRET`", "wrangler secret put"];
        assert_problem(&found, "providers[0].client_secret", &words);
        assert!(!format!("{found:?}").contains("hunter"), "{found:?}");
    }
    let words = ["`GONE`", "wrangler secret put GONE"];
    problem("client_secret", json!("env:GONE"), "client_secret", &words);
    problem(
        "client_secret",
        json!("env:EMPTY"),
        "client_secret",
        &["empty"],
    );
    let table = with_provider(|u| u[0]["client_secret"] = json!("env:X"));
    assert!(Config::read(&table.to_string(), &Unseen).is_ok());
}

#[test]
fn what_a_provider_is_asked_for() {
    for key in ["userinfo", "form_post"] {
        let asks = |provider: Provider| match key {
            "userinfo" => provider.userinfo,
            _ => provider.form_post,
        };
        assert!(!asks(provider(key, json!(false)).unwrap()));
        assert!(asks(provider(key, json!(true)).unwrap()));
        problem(key, json!("yes"), key, &["`true` or `false`"]);
    }
    let defaults = read(|_| ()).unwrap().remove(0);
    assert!(!defaults.userinfo && !defaults.form_post);
}

#[test]
fn apple_sends_names_and_addresses_in_a_form_only() {
    let apple = |scopes: Value, form_post: bool| {
        read(|providers| {
            providers[0]["issuer"] = json!("https://appleid.apple.com");
            providers[0]["scopes"] = scopes;
            providers[0]["form_post"] = json!(form_post);
        })
    };
    assert!(apple(json!(["name", "email"]), true).is_ok());
    assert!(apple(json!([]), false).is_ok());
    for scopes in [json!(["name"]), json!(["email"])] {
        let found = apple(scopes, false).expect_err("Apple refuses that");
        assert_problem(
            &found,
            "providers[0].form_post",
            &["must be `true` with Apple", "`scopes = []`"],
        );
    }
}

#[test]
fn an_issuer_for_every_tenant_needs_rules_about_tenants() {
    const TENANT: &str = "8EAEF023-2b34-4da1-9baa-8bc8c9d6a490";
    let at = |path: &str| format!("https://login.microsoftonline.com/{path}/v2.0");
    let with = |issuer: String, allow: Value| {
        read(|providers| {
            providers[0]["issuer"] = json!(issuer);
            providers[0]["allow"] = allow;
        })
    };
    let rule = json!({ "claim": "roles", "has": "reader" });
    let mut of_tenant = rule.clone();
    of_tenant["tenant"] = json!(TENANT);
    for path in ["common", "organizations"] {
        let tid = json!({ "claim": "tid", "is": TENANT });
        let read = with(at(path), json!([of_tenant, tid])).unwrap().remove(0);
        assert_eq!(read.tenants_at(), Some("https://login.microsoftonline.com"));
        let Allow::AnyOf(rules) = &read.allow else {
            panic!("{:?}", read.allow);
        };
        let lower = TENANT.to_ascii_lowercase();
        assert_eq!(rules[0].tenant.as_deref(), Some(lower.as_str()));
        assert!(with(at(path), json!("anyone")).is_ok());
        let found = with(at(path), json!([of_tenant, rule])).expect_err("whose role is it?");
        assert_problem(
            &found,
            "providers[0].allow[1]",
            &["needs `tenant`", "`{ claim = \"tid\""],
        );
    }
    for issuer in [
        at("8eaef023-2b34-4da1-9baa-8bc8c9d6a490"),
        at("consumers"),
        at("x/organizations"),
        "https://login.microsoftonline.com/common".to_owned(),
    ] {
        let read = with(issuer, json!([rule])).unwrap().remove(0);
        assert_eq!(read.tenants_at(), None);
    }
    for bad in [
        "",
        "contoso",
        "8eaef023-2b34-4da1-9baa-8bc8c9d6a49",
        "8eaef023-2b34-4da1-9baa-8bc8c9d6a490-",
        "8eaef0232b344da19baa8bc8c9d6a490",
        "geaef023-2b34-4da1-9baa-8bc8c9d6a490",
    ] {
        let allow = json!([{ "claim": "roles", "has": "reader", "tenant": bad }]);
        let found = with(at("common"), allow).expect_err("it is no tenant");
        assert_problem(&found, "providers[0].allow[0].tenant", &["tenant"]);
    }
}

#[test]
fn scopes_have_openid_whatever_is_written() {
    let scopes = |value: Value| provider("scopes", value).unwrap().scope.to_string();
    assert_eq!(scopes(json!([])), "openid");
    assert_eq!(scopes(json!(["groups"])), "openid groups");
    assert_eq!(scopes(json!(["email", "openid"])), "openid email");
    problem("scopes", json!(["a b"]), "scopes[0]", &["is not a scope"]);
}

#[test]
fn claims_and_names() {
    let read = provider("claims", json!(["email", "urn:zitadel:iam:org:id"])).unwrap();
    assert_eq!(read.claims.len(), 2);
    for ours in ["sub", "scope", "amr"] {
        problem("claims", json!([ours]), "claims[0]", &["fills itself"]);
    }
    for key in ["name", "subject", "username"] {
        problem(key, json!(""), key, &["1 to"]);
        problem(key, json!("a\nb"), key, &["control character"]);
    }
    for bad in ["", "é", "a\n"] {
        problem("client_id", json!(bad), "client_id", &["printable ASCII"]);
    }
    problem("logout", json!("no"), "logout", &["`true` or `false`"]);
    problem(
        "colour",
        json!(1),
        "colour",
        &["is not a key of this table"],
    );
}

#[test]
fn every_kind_of_rule() {
    let zitadel = "urn:zitadel:iam:org:project:roles";
    let read = provider(
        "allow",
        json!([
            { "claim": "email", "domain": "Example.com" },
            { "claim": "groups", "has": "staff" },
            { "claim": zitadel, "has": "reader" },
            { "claim": "sub", "is": "7" },
        ]),
    );
    let rule = |claim: &str, test| Rule {
        claim: claim.to_owned(),
        test,
        tenant: None,
    };
    let expected = vec![
        rule("email", Test::Domain("example.com".to_owned())),
        rule("groups", Test::Has("staff".to_owned())),
        rule(zitadel, Test::Has("reader".to_owned())),
        rule("sub", Test::Is("7".to_owned())),
    ];
    assert_eq!(read.unwrap().allow, Allow::AnyOf(expected));
}

#[test]
fn rules_that_say_nothing() {
    for bad in [json!([]), json!("everyone"), json!(true), json!({})] {
        problem("allow", bad, "allow", &["`\"anyone\"`", "the whole world"]);
    }
    problem("allow", json!(["a"]), "allow[0]", &["must be a table"]);
    let none = json!([{ "claim": "sub" }]);
    problem("allow", none, "allow[0]", &["exactly one"]);
    let two = json!([{ "claim": "sub", "is": "a", "has": "b" }]);
    problem("allow", two, "allow[0]", &["exactly one"]);
    problem(
        "allow",
        json!([{ "is": "a" }]),
        "allow[0].claim",
        &["missing"],
    );
    for bad in [
        "",
        "com",
        "@example.com",
        "a@example.com",
        "a.example:1",
        "*.a.example",
    ] {
        let rules = json!([{ "claim": "email", "domain": bad }]);
        problem("allow", rules, "allow[0].domain", &["is not a domain"]);
    }
    let empty = json!([{ "claim": "groups", "has": "" }]);
    problem("allow", empty, "allow[0].has", &["1 to 255"]);
    let typo = json!([{ "claim": "groups", "had": "staff" }]);
    let found = provider("allow", typo).unwrap_err();
    assert_eq!(
        found[0].message,
        "is not a key of this table: did you mean `has`?"
    );
}

#[test]
fn two_providers_cannot_name_the_same_subject() {
    let two = |one: Value, two: Value| {
        read(|providers| {
            let mut other = providers[0].clone();
            other["id"] = json!("other");
            for (provider, prefix) in [(&mut providers[0], one), (&mut other, two)] {
                if !prefix.is_null() {
                    provider["subject_prefix"] = prefix;
                }
            }
            providers.as_array_mut().unwrap().push(other);
        })
    };
    assert!(two(Value::Null, Value::Null).is_ok());
    assert!(two(json!("a:"), json!("ab:")).is_ok());
    for (one, other) in [("", ""), ("", "a:"), ("a:", ""), ("a", "ab"), ("ab", "a")] {
        let found = two(json!(one), json!(other)).unwrap_err();
        let words = ["providers[0]", "the same person"];
        assert_problem(&found, "providers[1].subject_prefix", &words);
    }
    assert_eq!(
        provider("subject_prefix", json!(""))
            .unwrap()
            .subject_prefix,
        ""
    );
}

#[test]
fn an_id_that_is_there_twice() {
    let found = read(|providers| {
        let first = providers[0].clone();
        providers.as_array_mut().unwrap().push(first);
    });
    let found = found.unwrap_err();
    assert_problem(&found, "providers[1].id", &["providers[0]", "its own"]);
}
