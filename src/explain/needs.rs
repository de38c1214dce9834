//! What a route asks for, in words.

use super::words::and;
use super::words_of_rules::rules;
use crate::config::{Access, Route};
use crate::protocol::{ResourceUri, Scope};

/// What a route asks for.
pub(super) fn in_words(route: &Route) -> String {
    let rules = route.rules.as_deref().map(rules).unwrap_or_default();
    let (scope, audience) = (&route.scope, route.audience.as_ref());
    let credential = match route.access {
        Access::Public if !rules.is_empty() => return rules.join(", "),
        Access::Public => "nothing: everyone gets in".to_owned(),
        Access::Deny => "nothing that anybody could bring: nobody gets in".to_owned(),
        Access::Session => "a login".to_owned(),
        Access::Token => token(scope, audience),
        Access::Any => format!("a login, or {}", token(scope, audience)),
    };
    std::iter::once(credential)
        .chain(rules)
        .collect::<Vec<_>>()
        .join("; ")
}

/// The same, short enough for a table.
pub(super) fn shortly(route: &Route) -> String {
    match route.access {
        Access::Public if route.rules.is_none() => "public".to_owned(),
        Access::Public => format!("public; {}", in_words(route)),
        Access::Deny => "closed".to_owned(),
        Access::Session | Access::Token | Access::Any => in_words(route),
    }
}

fn token(scope: &Scope, audience: Option<&ResourceUri>) -> String {
    let mut words = "an access token".to_owned();
    let scopes: Vec<String> = scope.tokens().map(|token| format!("`{token}`")).collect();
    match scopes.len() {
        0 => {}
        1 => words.push_str(" with the scope "),
        _ => words.push_str(" with the scopes "),
    }
    words.push_str(&and(&scopes));
    if let Some(audience) = audience {
        words.push_str(" for ");
        words.push_str(audience.as_str());
    }
    words
}
