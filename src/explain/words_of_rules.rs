//! The rules of a route in words, for whoever runs the site.

use super::words::{and, lasting};
use crate::config::{Require, Rule, Rules, Test};

/// A rule: "whose `groups` has `staff`".
pub(super) fn rule(rule: &Rule) -> String {
    let tenant = rule
        .tenant
        .as_ref()
        .map(|tenant| format!(" of the tenant {tenant}"));
    format!(
        "whose `{}` {}{}",
        rule.claim,
        must(&rule.test),
        tenant.unwrap_or_default()
    )
}

fn must(be: &Test) -> String {
    match be {
        Test::Is(text) => format!("is `{text}`"),
        Test::Has(text) => format!("has `{text}`"),
        Test::Domain(domain) => format!("is at `{domain}`"),
    }
}

/// Whom something is for: "those whose `groups` has `staff`, or whose `email` is at `example.com`".
pub(super) fn require(require: &Require) -> String {
    let all: Vec<String> = require
        .any()
        .iter()
        .map(|all| and(&all.iter().map(rule).collect::<Vec<_>>()))
        .collect();
    format!("those {}", all.join(", or "))
}

/// What the rules of a route ask, one by one.
pub(super) fn rules(rules: &Rules) -> Vec<String> {
    let mut all = Vec::new();
    let quoted = |texts: Vec<String>| {
        let texts: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
        texts.join(" or ")
    };
    if let Some(one) = &rules.require {
        all.push(format!("only {}", require(one)));
    }
    if let Some(seconds) = rules.max_auth_age {
        all.push(format!("signed in within {}", lasting(seconds.into())));
    }
    if !rules.acr.is_empty() {
        all.push(format!(
            "a login with the acr {}",
            quoted(rules.acr.clone())
        ));
    }
    if !rules.networks.is_empty() {
        let networks = rules.networks.iter().map(crate::config::Network::text);
        all.push(format!("from {}", quoted(networks.collect())));
    }
    if !rules.countries.is_empty() {
        let countries = rules.countries.iter().map(ToString::to_string);
        all.push(format!("from the country {}", quoted(countries.collect())));
    }
    all
}
