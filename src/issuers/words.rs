//! What a token may do, in the words of this site.

use serde_json::Value;

use crate::config::{Issuer, is_reserved};
use crate::jose::Verified;
use crate::protocol::Scope;
use crate::protocol::scope::is_scope_token;

/// How many words of a token are looked at. What it may do beyond that, it may not do here.
const MOST: usize = 500;

/// The scope of a token: the words of the issuer's claims, each with what it means here. What can be no scope, and what
/// only Postern gives, is left out.
pub(super) fn scope(issuer: &Issuer, token: &Verified) -> Scope {
    let mut words: Vec<&str> = Vec::new();
    for claim in &issuer.scope_claims {
        match token.claim(claim) {
            Some(Value::String(text)) => words.extend(text.split(' ')),
            Some(Value::Array(items)) => words.extend(items.iter().filter_map(Value::as_str)),
            Some(Value::Object(items)) => words.extend(items.keys().map(String::as_str)),
            _ => {}
        }
    }
    words.truncate(MOST);
    let mut all: Vec<&str> = Vec::new();
    for word in words {
        match issuer.scopes.iter().find(|(known, _)| known == word) {
            Some((_, scope)) => all.extend(scope.tokens()),
            None => all.push(word),
        }
    }
    all.retain(|word| is_scope_token(word) && !is_reserved(word));
    Scope::from_tokens(all).unwrap_or_default()
}
