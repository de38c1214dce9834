//! The targets: one file for each kind of thing that comes from outside.

mod attempts;
mod configuration;
mod events;
mod identifiers;
mod introspection;
mod log;
mod person;
mod places;
mod provider;
mod requests;
mod sealed;
mod session;

use crate::{Outcome, Target};

const fn target(
    name: &'static str,
    check: fn(&[u8]) -> Outcome,
    seeds: fn() -> Vec<Vec<u8>>,
) -> Target {
    Target { name, check, seeds }
}

/// Every target.
pub const ALL: &[Target] = &[
    target("token", sealed::token, sealed::token_seeds),
    target("note", sealed::note, sealed::note_seeds),
    target("form_token", sealed::form_token, sealed::form_token_seeds),
    target("record", session::record, session::record_seeds),
    target("command", session::command, session::command_seeds),
    target("reply", session::reply, session::reply_seeds),
    target("state", session::state, session::state_seeds),
    target(
        "coordinator",
        session::coordinator,
        session::coordinator_seeds,
    ),
    target("person_command", person::command, person::command_seeds),
    target("person_reply", person::reply, person::reply_seeds),
    target("person_index", person::index, person::index_seeds),
    target("delta", log::delta, log::delta_seeds),
    target("form", requests::form, requests::form_seeds),
    target(
        "authorization",
        requests::authorization,
        requests::authorization_seeds,
    ),
    target("cookies", requests::cookies, requests::cookies_seeds),
    target(
        "user_agent",
        requests::user_agent,
        requests::user_agent_seeds,
    ),
    target(
        "header_name",
        requests::header_name,
        requests::header_name_seeds,
    ),
    target("max_age", requests::max_age, requests::max_age_seeds),
    target("scope", identifiers::scope, identifiers::scope_seeds),
    target(
        "redirect_uri",
        identifiers::redirect_uri,
        identifiers::redirect_uri_seeds,
    ),
    target(
        "resource",
        identifiers::resource,
        identifiers::resource_seeds,
    ),
    target("web_url", identifiers::web_url, identifiers::web_url_seeds),
    target(
        "identifier",
        identifiers::identifier,
        identifiers::identifier_seeds,
    ),
    target("event_subject", events::subject, events::subject_seeds),
    target("path", places::path, places::path_seeds),
    target("return_to", places::return_to, places::return_to_seeds),
    target("admit", places::admit, places::admit_seeds),
    target("glob", configuration::glob, configuration::glob_seeds),
    target("config", configuration::config, configuration::config_seeds),
    target("keys", configuration::keys, configuration::keys_seeds),
    target(
        "accounts",
        configuration::accounts,
        configuration::accounts_seeds,
    ),
    target("attempt", attempts::attempt, attempts::attempt_seeds),
    target(
        "attempt_reply",
        attempts::attempt_reply,
        attempts::attempt_reply_seeds,
    ),
    target("counts", attempts::counts, attempts::counts_seeds),
    target("source", attempts::source, attempts::source_seeds),
    target(
        "known_browser",
        attempts::known_browser,
        attempts::known_browser_seeds,
    ),
    target("jwt", provider::jwt, provider::jwt_seeds),
    target("id_token", provider::id_token, provider::id_token_seeds),
    target("userinfo", provider::userinfo, provider::userinfo_seeds),
    target(
        "logout_token",
        provider::logout_token,
        provider::logout_token_seeds,
    ),
    target("jwks", provider::jwks, provider::jwks_seeds),
    target("discovery", provider::discovery, provider::discovery_seeds),
    target(
        "private_key",
        introspection::private_key,
        introspection::private_key_seeds,
    ),
    target("unique", introspection::unique, introspection::unique_seeds),
    target(
        "login_state",
        provider::login_state,
        provider::login_state_seeds,
    ),
];
