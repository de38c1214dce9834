//! The people who log in by name and password.
//!
//! Job: read the secret `POSTERN_USERS`, and check that the rest of the configuration fits it.

use super::client::{Client, Grant};
use super::environment::{BindingKind, Environment, Setting};
use super::names;
use super::provider::Provider;
use super::table::{Problems, Read, Reported};
use crate::accounts::{Accounts, Roster};

/// How much of 128 MB the cache and a login may have together. The rest is for the program, JavaScript, and
/// the requests on their way. Passwords are checked in an object of their own, but the platform may run it in
/// the isolate of a gate.
const MEMORY: u64 = 96 << 20;

const HOW_TO_LIMIT: &str = "is not a binding of this Worker, and with accounts in POSTERN_USERS the attempts to log in \
                            must be counted: add `[[ratelimits]]` with `name = \
                            \"POSTERN_LOGIN_LIMIT\"`, `namespace_id = \"1001\"` (a number of your own) \
                            and `simple = { limit = 10, period = 60 }` to the wrangler file";

const HOW_TO_CHECK: &str = "is not a binding of this Worker, and with accounts in POSTERN_USERS it is where passwords \
                            are checked: add `{ name = \"POSTERN_ACCOUNTS\", class_name = \"Account\" }` to \
                            `bindings` of `[durable_objects]`, and `\"Account\"` to `new_sqlite_classes` of \
                            `[[migrations]]`, in the wrangler file";

/// Reads who has an account. The hashes are checked, and not kept. Where the secret is hidden it is not known
/// whether there are any accounts, so nothing else is asked for.
pub(super) fn read(environment: &dyn Environment, problems: &mut Problems) -> Read<Roster> {
    let text = match environment.setting(names::USERS) {
        Setting::Value(text) => text,
        Setting::Missing | Setting::Hidden => return Ok(Roster::default()),
    };
    // Exposed to the parser, whose errors never repeat it.
    let accounts = Accounts::parse(text.expose());
    // A list with a bad line may have accounts in it too.
    let may_log_in = accounts
        .as_ref()
        .map_or(true, |accounts| !accounts.is_empty());
    if may_log_in
        && environment.has_binding(names::LOGIN_LIMIT, BindingKind::RateLimiter) == Some(false)
    {
        problems.add(names::LOGIN_LIMIT, HOW_TO_LIMIT);
    }
    if may_log_in
        && environment.has_binding(names::ACCOUNTS, BindingKind::DurableObject) == Some(false)
    {
        problems.add(names::ACCOUNTS, HOW_TO_CHECK);
    }
    accounts
        .map(|accounts| Roster::of(&accounts))
        .map_err(|lines| {
            for line in lines {
                let message = format!("{line}: `npx postern user` prints a good line");
                problems.add(names::USERS, message);
            }
            Reported
        })
}

/// A check of a password and the cache may take memory of the same isolate, and neither ever gives it back.
pub(super) fn check_memory(accounts: &Roster, cache_bytes: usize, problems: &mut Problems) {
    let mebibytes = accounts.memory() >> 20;
    if accounts.memory() + cache_bytes as u64 > MEMORY {
        let most = MEMORY - accounts.memory();
        problems.add(
            "cache_bytes",
            format!(
                "must be at most {most}, because a login with the costliest hash of POSTERN_USERS \
                 takes {mebibytes} MiB of the same memory"
            ),
        );
    }
}

/// An account, a client and a provider's person must not have the same `sub`: an origin could not tell
/// them apart, and ending one's sessions would end the other's (RFC 9700 section 4.15).
pub(super) fn check_names(
    accounts: &Roster,
    clients: &[Client],
    providers: &[Provider],
    problems: &mut Problems,
) {
    for (at, client) in clients.iter().enumerate() {
        let is_subject = client.grants.contains(&Grant::ClientCredentials);
        if is_subject && accounts.names().any(|name| name == client.id.as_str()) {
            let message = "is the name of an account in POSTERN_USERS too, and both would have the \
                           same `sub`: rename one of the two";
            problems.add(format!("clients[{at}].id"), message);
        }
    }
    for (at, provider) in providers.iter().enumerate() {
        let could_name = |name: &str| name.starts_with(&provider.subject_prefix);
        if accounts.names().any(could_name) {
            let message = "begins the name of an account in POSTERN_USERS, so the provider could name \
                           that person too: leave it out, or give it a sign such as `:` at its end";
            problems.add(format!("providers[{at}].subject_prefix"), message);
        }
        // A provider makes up `sub` itself; what people can choose could be anyone's name.
        let is_made_up = provider.subject_prefix.is_empty() && provider.subject == "sub";
        let names_client = |client: &Client| {
            client.grants.contains(&Grant::ClientCredentials) && could_name(client.id.as_str())
        };
        if !is_made_up && clients.iter().any(names_client) {
            let message = "begins the `id` of a client, so the provider could name a person like it: leave it out, or give it a sign such as `:` at its end";
            problems.add(format!("providers[{at}].subject_prefix"), message);
        }
    }
}
