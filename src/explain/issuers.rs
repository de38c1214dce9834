//! Tokens of other issuers in words, and what another configuration changes about them.

use std::time::Duration;

use super::change::{Change, Effect};
use super::words;
use crate::config::{Config, Issuer, Route, TokenFrom, Tokens};

/// Whose tokens a route takes: by their ids, and Postern itself as `accept` calls it.
pub(super) fn accepted<'c>(config: &'c Config, route: &Route) -> Vec<&'c str> {
    let own = route.accept.takes_own().then_some("postern");
    let others = route.accept.issuers();
    let others = others.filter_map(|place| config.issuers.get(usize::from(place)));
    own.into_iter()
        .chain(others.map(|issuer| issuer.id.as_str()))
        .collect()
}

/// The same in words; `None` where only Postern's own are taken.
pub(super) fn whose(config: &Config, route: &Route) -> Option<String> {
    let takes = route.access.takes_tokens() && route.accept.takes_foreign();
    takes.then(|| format!("takes tokens of {}", words::and(&accepted(config, route))))
}

/// Where else a token may be, in words.
pub(super) fn from(route: &Route) -> String {
    match &route.token_from {
        None => "Authorization alone".to_owned(),
        Some(TokenFrom::Header(name)) => format!("also in the header {name}"),
        Some(TokenFrom::Cookie(name)) => format!("also in the cookie {name}"),
    }
}

/// What differs in whose tokens two routes take, and in where those may be: what it does, the key, and how it was and is.
pub(super) fn compared(
    (old, before): (&Config, &Route),
    (new, after): (&Config, &Route),
) -> Vec<(Effect, &'static str, String, String)> {
    if !before.access.takes_tokens() || !after.access.takes_tokens() {
        return Vec::new();
    }
    let (were, are) = (accepted(old, before), accepted(new, after));
    let opens = |is_more: bool| {
        if is_more {
            Effect::Opens
        } else {
            Effect::Closes
        }
    };
    let is_more = are.iter().any(|id| !were.contains(id));
    let whose = (
        opens(is_more),
        "accept",
        words::and(&were),
        words::and(&are),
    );
    let is_more = after.token_from.is_some();
    let place = (opens(is_more), "token_from", from(before), from(after));
    let mut all = vec![whose, place];
    all.retain(|(_, _, before, after)| before != after);
    all
}

/// What changes about the issuers that there are in both. Which routes take their tokens is said of the routes.
pub(super) fn changes(old: &Config, new: &Config) -> Vec<Change> {
    let mut changes = Vec::new();
    for issuer in &new.issuers {
        if let Some(before) = old.issuers.iter().find(|other| other.id == issuer.id) {
            compare(before, issuer, &mut changes);
        }
    }
    changes
}

fn compare(old: &Issuer, new: &Issuer, changes: &mut Vec<Change>) {
    let mut say = |effect, key: &str, before: String, after: String| {
        if before != after {
            let about = format!("issuer `{}`: {key}", new.id);
            changes.push(Change::new(effect, about, before, after));
        }
    };
    let opens = |is_more: bool| {
        if is_more {
            Effect::Opens
        } else {
            Effect::Closes
        }
    };
    let has_more = |old: &[String], new: &[String]| new.iter().any(|text| !old.contains(text));
    let url = |issuer: &Issuer| issuer.issuer.to_string();
    say(Effect::Opens, "issuer", url(old), url(new));
    let is_more = has_more(&old.audiences, &new.audiences);
    say(
        opens(is_more),
        "audiences",
        words::and(&old.audiences),
        words::and(&new.audiences),
    );
    let types = |issuer: &Issuer| match &issuer.tokens {
        Tokens::Jwt(jwt) => jwt.types.clone(),
        Tokens::Opaque(_) => vec!["opaque".to_owned()],
    };
    let is_more = has_more(&types(old), &types(new));
    say(
        opens(is_more),
        "types",
        words::and(&types(old)),
        words::and(&types(new)),
    );
    let algorithms = |issuer: &Issuer| format!("{:?}", issuer.algorithms);
    let mut added = new.algorithms.iter();
    let is_more = added.any(|algorithm| !old.algorithms.contains(algorithm));
    say(
        opens(is_more),
        "algorithms",
        algorithms(old),
        algorithms(new),
    );
    let keys = |issuer: &Issuer| {
        let url = issuer.jwks_uri.as_ref();
        url.map_or_else(|| "as its metadata says".to_owned(), ToString::to_string)
    };
    say(Effect::Changes, "jwks_uri", keys(old), keys(new));
    let lasting = |duration: Duration| words::lasting(duration.as_secs());
    let is_more = new.max_lifetime > old.max_lifetime;
    let lives = (lasting(old.max_lifetime), lasting(new.max_lifetime));
    say(opens(is_more), "max_lifetime", lives.0, lives.1);
    let who = |issuer: &Issuer| format!("{}{}", issuer.subject_prefix, issuer.subject);
    say(Effect::Changes, "subject", who(old), who(new));
    let rights = |issuer: &Issuer| {
        let words = issuer.scopes.iter();
        let words: Vec<String> = words
            .map(|(word, scope)| format!("{word} = {scope}"))
            .collect();
        format!(
            "{} ({})",
            words::and(&issuer.scope_claims),
            words.join(", ")
        )
    };
    say(Effect::Changes, "scopes", rights(old), rights(new));
}
