//! `rate_limit` of a route.

use super::*;
use crate::config::{LimitedBy, RateLimit};

fn limit() -> Value {
    json!({ "binding": "API_LIMIT", "by": "subject", "limit": 100, "period": 60 })
}

/// What is wrong with the first route's limit, where there is such a binding.
fn limited(
    access: &str,
    change: impl FnOnce(&mut Value),
) -> Result<Option<RateLimit>, Vec<Problem>> {
    let mut worker = Worker::complete();
    let binding = ("API_LIMIT".to_owned(), BindingKind::RateLimiter);
    worker.bindings.push(binding);
    let mut table = small();
    let mut value = limit();
    change(&mut value);
    table["routes"][0]["access"] = json!(access);
    table["routes"][0]["rate_limit"] = value;
    Config::read(&table.to_string(), &worker).map(|config| config.routes[0].rate_limit.clone())
}

#[test]
fn what_is_read() {
    let expected = RateLimit {
        binding: "API_LIMIT".to_owned(),
        by: LimitedBy::Subject,
        limit: 100,
        period: 60,
    };
    assert_eq!(limited("token", |_| ()).unwrap(), Some(expected));
    assert!(limited("public", |limit| limit["by"] = json!("address")).is_ok());
}

#[test]
fn what_is_wrong_says_what_to_write() {
    for (key, value, words) in [
        ("binding", json!("API-LIMIT"), "letters, digits and `_`"),
        ("binding", json!(null), "in quotes"),
        ("binding", json!("OTHER"), "[[ratelimits]]"),
        (
            "by",
            json!("person"),
            "`subject`, `client`, `token`, `address`",
        ),
        ("limit", json!(0), "1 to 1000000"),
        ("limit", json!(1_000_001), "1 to 1000000"),
        ("limit", json!("5"), "1 to 1000000"),
        ("period", json!(30), "10 or 60"),
        ("every", json!(30), "not a key"),
    ] {
        let found = limited("token", |limit| limit[key] = value.clone()).unwrap_err();
        assert_problem(&found, &format!("routes[0].rate_limit.{key}"), &[words]);
    }
    let found = limited("public", |_| ()).unwrap_err();
    assert_problem(&found, "routes[0].rate_limit.by", &["`address`"]);
    let found = set("/routes/0", "rate_limit", json!(5));
    assert_problem(&found, "routes[0].rate_limit", &["table"]);
}
