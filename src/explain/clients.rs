//! What another configuration would change for clients and for the people of providers.

use super::change::{Change, Effect};
use super::words;
use super::words_of_rules::rule;
use crate::config::{Allow, Client, Config, Grant, Introspect, Provider};
use crate::protocol::ResourceUri;

/// All of it.
pub(super) fn changes(old: &Config, new: &Config) -> Vec<Change> {
    let mut changes = Vec::new();
    for client in old.clients.iter() {
        match new.client(client.id.as_str()) {
            None => changes.push(Change::new(
                Effect::Closes,
                format!("client `{}`", client.id),
                "there is one",
                format!(
                    "removed: it gets no token any more. Access tokens that it has pass for up to {}; to end them now, \
                     post client_id={} to /_postern/admin/sessions",
                    words::lasting(client.token_lifetime.as_secs()),
                    client.id
                ),
            )),
            Some(other) => compare_clients(client, other, &mut changes),
        }
    }
    for client in new.clients.iter() {
        if old.client(client.id.as_str()).is_none() {
            let may = format!("new: {}", gets(client));
            let about = format!("client `{}`", client.id);
            changes.push(Change::new(Effect::Opens, about, "there is none", may));
        }
    }
    for provider in &old.providers {
        let other = new.providers.iter().find(|other| other.id == provider.id);
        match other {
            None => changes.push(Change::new(
                Effect::Closes,
                format!("provider `{}`", provider.id),
                "people log in with it",
                "removed: nobody logs in with it any more. Logins that there are go on",
            )),
            Some(other) => compare_providers(provider, other, &mut changes),
        }
    }
    for provider in &new.providers {
        if !old.providers.iter().any(|other| other.id == provider.id) {
            changes.push(Change::new(
                Effect::Opens,
                format!("provider `{}`", provider.id),
                "there is none",
                format!(
                    "new: whoever is allowed logs in with it: {}",
                    allowed(&provider.allow)
                ),
            ));
        }
    }
    changes
}

/// What a client may get.
fn gets(client: &Client) -> String {
    let grants: Vec<&str> = client.grants.iter().map(|grant| grant.as_str()).collect();
    let mut parts = Vec::new();
    if !grants.is_empty() {
        parts.push(format!("grants {}", words::and(&grants)));
    }
    if !client.scope.is_empty() {
        parts.push(format!("scopes {}", client.scope));
    }
    if client.introspect != Introspect::No {
        parts.push("introspection".to_owned());
    }
    parts.join("; ")
}

/// What there was, what is new, and what is gone.
fn lists<T: PartialEq>(old: &[T], new: &[T], text: impl Fn(&T) -> String) -> Lists {
    let only = |these: &[T], those: &[T]| -> Vec<String> {
        let only = these.iter().filter(|one| !those.contains(one));
        only.map(&text).collect()
    };
    Lists {
        before: old.iter().map(&text).collect(),
        gained: only(new, old),
        lost: only(old, new),
    }
}

struct Lists {
    before: Vec<String>,
    gained: Vec<String>,
    lost: Vec<String>,
}

/// Says what a list gains as an opening, and what it loses as a closing.
fn compare_lists(about: &str, key: &str, lists: &Lists, changes: &mut Vec<Change>) {
    let about = format!("{about}: {key}");
    let before = match lists.before.as_slice() {
        [] => "none".to_owned(),
        all => words::and(all),
    };
    for (effect, word, which) in [
        (Effect::Opens, "also", &lists.gained),
        (Effect::Closes, "without", &lists.lost),
    ] {
        if !which.is_empty() {
            let after = format!("{word} {}", words::and(which));
            changes.push(Change::new(effect, about.clone(), before.clone(), after));
        }
    }
}

fn compare_clients(old: &Client, new: &Client, changes: &mut Vec<Change>) {
    let about = format!("client `{}`", old.id);
    let scopes = |client: &Client| -> Vec<String> {
        client
            .scope
            .tokens()
            .map(|token| format!("`{token}`"))
            .collect()
    };
    let plain = |text: &String| text.clone();
    compare_lists(
        &about,
        "scopes",
        &lists(&scopes(old), &scopes(new), plain),
        changes,
    );
    let audiences = lists(&old.audiences, &new.audiences, |uri| {
        uri.as_str().to_owned()
    });
    compare_lists(&about, "audiences", &audiences, changes);
    let grants = lists(&old.grants, &new.grants, |grant: &Grant| {
        format!("`{}`", grant.as_str())
    });
    compare_lists(&about, "grants", &grants, changes);
    let uris = lists(&old.redirect_uris, &new.redirect_uris, |uri| {
        uri.as_str().to_owned()
    });
    compare_lists(&about, "redirect_uris", &uris, changes);
    compare_keys(&about, old, new, changes);
}

fn compare_keys(about: &str, old: &Client, new: &Client, changes: &mut Vec<Change>) {
    let mut say = |effect, key: &str, before: &str, after: &str| {
        if before != after {
            changes.push(Change::new(
                effect,
                format!("{about}: {key}"),
                before,
                after,
            ));
        }
    };
    let opens = |is_more: bool| {
        if is_more {
            Effect::Opens
        } else {
            Effect::Closes
        }
    };
    let secret = |client: &Client| {
        if client.is_public {
            "it needs no secret"
        } else {
            "it needs a secret"
        }
    };
    say(opens(new.is_public), "public", secret(old), secret(new));
    let asked = |client: &Client| {
        if client.is_first_party {
            "nobody is asked for consent"
        } else {
            "people are asked for consent"
        }
    };
    say(
        opens(new.is_first_party),
        "first_party",
        asked(old),
        asked(new),
    );
    let is_less = new.introspect == Introspect::No || old.introspect == Introspect::All;
    say(
        opens(!is_less),
        "introspect",
        &introspects(old),
        &introspects(new),
    );
    let keeps = old
        .secret_digests
        .iter()
        .any(|one| new.secret_digests.contains(one));
    let are_known = !old.secret_digests.is_empty() && !new.secret_digests.is_empty();
    if are_known && !keeps {
        let after = "another: the old secret does not work any more";
        say(Effect::Ends, "secret_sha256", "one secret", after);
    }
    for (key, before, after) in [
        ("token_lifetime", old.token_lifetime, new.token_lifetime),
        ("refresh_idle", old.refresh_idle, new.refresh_idle),
        (
            "refresh_lifetime",
            old.refresh_lifetime,
            new.refresh_lifetime,
        ),
        ("refresh_grace", old.refresh_grace, new.refresh_grace),
        (
            "introspect_max_staleness",
            old.introspect_max_staleness,
            new.introspect_max_staleness,
        ),
    ] {
        let (before, after) = (before.as_secs(), after.as_secs());
        say(
            Effect::Changes,
            key,
            &words::lasting(before),
            &words::lasting(after),
        );
    }
}

fn introspects(client: &Client) -> String {
    match &client.introspect {
        Introspect::No => "no token".to_owned(),
        Introspect::All => "every token".to_owned(),
        Introspect::Audiences(audiences) => {
            let names: Vec<&str> = audiences.iter().map(ResourceUri::as_str).collect();
            match names.as_slice() {
                [] => "its own tokens".to_owned(),
                names => format!("tokens for {}", words::and(names)),
            }
        }
    }
}

fn allowed(allow: &Allow) -> String {
    match allow {
        Allow::Anyone => "anyone with an account there".to_owned(),
        Allow::AnyOf(rules) => {
            let rules: Vec<String> = rules.iter().map(rule).collect();
            format!("those {}", rules.join(", or "))
        }
    }
}

fn compare_providers(old: &Provider, new: &Provider, changes: &mut Vec<Change>) {
    let about = format!("provider `{}`", old.id);
    if old.allow != new.allow {
        let key = format!("{about}: allow");
        let (before, after) = (allowed(&old.allow), allowed(&new.allow));
        match (&old.allow, &new.allow) {
            (Allow::AnyOf(old), Allow::AnyOf(new)) => {
                compare_lists(&about, "allow", &lists(old, new, rule), changes);
            }
            (_, Allow::Anyone) => changes.push(Change::new(Effect::Opens, key, before, after)),
            (Allow::Anyone, _) => changes.push(Change::new(Effect::Closes, key, before, after)),
        }
    }
    let others = "another: people come under other names (`sub`), so what they agreed to and their list of sessions \
                  begin anew";
    let is_same_place = old.issuer.as_str() == new.issuer.as_str();
    if !is_same_place {
        let (key, before) = (format!("{about}: issuer"), old.issuer.as_str());
        let after = format!("{}: other people", new.issuer.as_str());
        changes.push(Change::new(Effect::Opens, key, before, after));
    }
    for (key, before, after) in [
        ("subject", &old.subject, &new.subject),
        ("subject_prefix", &old.subject_prefix, &new.subject_prefix),
    ] {
        if before != after {
            let after = format!("`{after}`, {others}");
            let before = format!("`{before}`");
            changes.push(Change::new(
                Effect::Ends,
                format!("{about}: {key}"),
                before,
                after,
            ));
        }
    }
    let mut say = |key: &str, before: String, after: String| {
        if before != after {
            changes.push(Change::new(
                Effect::Changes,
                format!("{about}: {key}"),
                before,
                after,
            ));
        }
    };
    say("client_id", old.client_id.clone(), new.client_id.clone());
    say("scopes", old.scope.to_string(), new.scope.to_string());
    say("claims", words::and(&old.claims), words::and(&new.claims));
    let yes = |is: bool| if is { "true" } else { "false" }.to_owned();
    say("userinfo", yes(old.userinfo), yes(new.userinfo));
    say("logout", yes(old.logout), yes(new.logout));
}
