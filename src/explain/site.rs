//! What another configuration would change for the whole site.

use std::rc::Rc;

use super::change::{Change, Effect};
use super::{needs, words, words_of_rules};
use crate::config::{Config, Require};

/// All of it.
pub(super) fn changes(old: &Config, new: &Config) -> Vec<Change> {
    let mut changes = Vec::new();
    what_ends(old, new, &mut changes);
    accounts(old, new, &mut changes);
    scopes_for(old, new, &mut changes);
    let mut say = |key: &str, before: String, after: String| {
        if before != after {
            changes.push(Change::new(Effect::Changes, key, before, after));
        }
    };
    let lasting = |duration: std::time::Duration| words::lasting(duration.as_secs());
    for (key, before, after) in [
        ("session_idle", old.session_idle, new.session_idle),
        (
            "session_lifetime",
            old.session_lifetime,
            new.session_lifetime,
        ),
        ("outage_grace", old.outage_grace, new.outage_grace),
    ] {
        say(key, lasting(before), lasting(after));
    }
    for (key, before, after) in [
        (
            "clear_storage_at_logout",
            old.clear_storage_at_logout,
            new.clear_storage_at_logout,
        ),
        ("log_refusals", old.log_refusals, new.log_refusals),
        ("log_requests", old.log_requests, new.log_requests),
        (
            "run_worker_first",
            old.run_worker_first,
            new.run_worker_first,
        ),
    ] {
        say(key, before.to_string(), after.to_string());
    }
    let known = reports(old);
    for route in reports(new).iter().filter(|route| !known.contains(route)) {
        let after = "tried: it decides nothing, and the log says what it would do";
        changes.push(Change::new(Effect::Changes, route, "not tried", after));
    }
    let kept = reports(new);
    for route in known.iter().filter(|route| !kept.contains(route)) {
        let after = "not tried any more";
        changes.push(Change::new(Effect::Changes, route, "tried", after));
    }
    changes
}

/// What makes tokens and logins end that there are.
fn what_ends(old: &Config, new: &Config, changes: &mut Vec<Change>) {
    if old.issuer != new.issuer {
        let after = format!(
            "{}: every token and every login ends, because they are sealed for the issuer. People log in again, and clients \
             get new tokens",
            new.issuer.as_str()
        );
        changes.push(Change::new(
            Effect::Ends,
            "issuer",
            old.issuer.as_str(),
            after,
        ));
    }
    let place = |config: &Config| config.place.jurisdiction.unwrap_or("none");
    if place(old) != place(new) {
        let after = format!(
            "{}: the Durable Objects are others. Sessions cannot be renewed, and no revocation is known there: end \
             everything by a new POSTERN_KEYS as well",
            place(new)
        );
        changes.push(Change::new(Effect::Ends, "jurisdiction", place(old), after));
    }
    if let (Some(old), Some(new)) = (&old.keys, &new.keys) {
        let gone: Vec<String> = old.lacking_in(new).map(|id| id.to_string()).collect();
        if !gone.is_empty() {
            let before = format!("key {}", words::and(&gone));
            let after = "gone: every token and login that was sealed with it ends";
            changes.push(Change::new(Effect::Ends, "POSTERN_KEYS", before, after));
        }
    }
}

fn accounts(old: &Config, new: &Config, changes: &mut Vec<Change>) {
    let names =
        |config: &Config| -> Vec<String> { config.accounts.names().map(str::to_owned).collect() };
    let (olds, news) = (names(old), names(new));
    for name in news.iter().filter(|name| !olds.contains(name)) {
        let about = format!("account `{name}`");
        changes.push(Change::new(Effect::Opens, about, "there is none", "new"));
    }
    for name in olds.iter().filter(|name| !news.contains(name)) {
        let about = format!("account `{name}`");
        let after = "removed: nobody logs in with it. Logins that there are go on";
        changes.push(Change::new(Effect::Closes, about, "there is one", after));
    }
}

/// Which people may get a scope by way of an application.
fn scopes_for(old: &Config, new: &Config, changes: &mut Vec<Change>) {
    let of = |config: &Config, scope: &str| {
        let mut all = config.scopes_for.all().iter();
        let found = all.find(|one| one.scope == scope);
        found.map(|one| Rc::clone(&one.require))
    };
    let words = |one: &Option<Rc<Require>>| {
        one.as_deref()
            .map_or_else(|| "all people".to_owned(), words_of_rules::require)
    };
    let mut scopes: Vec<&str> = Vec::new();
    for one in old.scopes_for.all().iter().chain(new.scopes_for.all()) {
        if !scopes.contains(&one.scope.as_str()) {
            scopes.push(&one.scope);
        }
    }
    for scope in scopes {
        let (before, after) = (of(old, scope), of(new, scope));
        let takes_all = |one: &Option<Rc<Require>>, other: &Option<Rc<Require>>| match (one, other)
        {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(one), Some(other)) => one.covers(other),
        };
        let effect = match (takes_all(&after, &before), takes_all(&before, &after)) {
            (true, true) => continue,
            (false, true) => Effect::Closes,
            (_, false) => Effect::Opens,
        };
        let about = format!("scope `{scope}`");
        changes.push(Change::new(effect, about, words(&before), words(&after)));
    }
}

/// The routes that are only tried.
fn reports(config: &Config) -> Vec<String> {
    let tried = config.tried.iter().filter(|route| route.is_report());
    tried
        .map(|route| {
            let needs = needs::shortly(route);
            format!("{} (report: {needs})", route.pattern)
        })
        .collect()
}
