//! `access` of a route, and which of its other keys mean something with it.

use super::origin;
use super::rules;
use super::table::{Problems, Read, Table, choose};

/// What a request needs on a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `public`: nothing.
    Public,
    /// `token`: an access token.
    Token,
    /// `session`: a person's login session.
    Session,
    /// `any`: an access token or a login session.
    Any,
    /// `deny`: every request is refused with 403.
    Deny,
}

impl Access {
    /// Whether access tokens are read.
    #[must_use]
    pub const fn takes_tokens(self) -> bool {
        match self {
            Self::Token | Self::Any => true,
            Self::Public | Self::Session | Self::Deny => false,
        }
    }

    /// Whether a login session is enough.
    #[must_use]
    pub const fn takes_sessions(self) -> bool {
        match self {
            Self::Session | Self::Any => true,
            Self::Public | Self::Token | Self::Deny => false,
        }
    }
}

const ACCESS: &[(&str, Access)] = &[
    ("public", Access::Public),
    ("token", Access::Token),
    ("session", Access::Session),
    ("any", Access::Any),
    ("deny", Access::Deny),
];

/// Reads `access`.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Read<Access> {
    let advice = "write `public`, `token`, `session`, `any` or `deny`";
    table.needed("access", advice, |text| choose(ACCESS, text), problems)
}

const NO_TOKEN: &str =
    "means nothing where no token is asked for: leave it out, or write `access = \"token\"`";
const A_LOGIN: &str = "means nothing for a login session, which has every right that its person has: \
                       leave it out, or write `access = \"any\"` to take tokens as well";
const NOTHING_SENT: &str =
    "means nothing with `access = \"deny\"`, which forwards nothing: leave it out";
const NOBODY_KNOWN: &str = "means nothing where nobody is known: leave it out, or write `access = \"session\"`, \"token\" or \
                            \"any\"";
const NO_LOGIN: &str = "means nothing where no login is taken: there a browser keeps what the origin lets it keep. \
                        Leave it out";
const NOBODY: &str = "means nothing with `access = \"deny\"`, which lets nobody in: leave it out";
const OURS: &str = "is for routes with `access = \"public\"`: on the others the header is for Postern alone, or, with \
                    a login, for nobody. Leave it out";

/// A key that changes nothing under this `access` is a misunderstanding: someone who writes `scopes`
/// expects the route to be protected.
pub(super) fn check(table: &Table<'_>, access: Access, problems: &mut Problems) -> Read<Access> {
    let mut fits = Ok(access);
    let mut meaningless = |keys: &[&str], message: &str| {
        for key in keys.iter().filter(|key| table.has(key)) {
            fits = Err(problems.add(table.key(key), message));
        }
    };
    if access == Access::Session {
        meaningless(&["scopes", "audience", "accept", "token_from"], A_LOGIN);
    }
    if matches!(access, Access::Public | Access::Deny) {
        let keys = [
            "scopes",
            "audience",
            "accept",
            "token_from",
            "max_staleness",
            "on_outage",
            "cut_streams",
            "identity",
            "assertion",
        ];
        meaningless(&keys, NO_TOKEN);
        meaningless(&rules::ABOUT_PEOPLE, NOBODY_KNOWN);
    }
    if access == Access::Deny {
        let keys = [
            "headers",
            "origin",
            "preflight",
            "paths",
            "authorization",
            "keep",
        ];
        meaningless(&keys, NOTHING_SENT);
        meaningless(&rules::ABOUT_PLACES, NOBODY);
    } else {
        if !access.takes_sessions() {
            meaningless(&["keep"], NO_LOGIN);
        }
        if access != Access::Public {
            meaningless(&["authorization"], OURS);
        }
        if !table.has("origin") {
            let message = format!("is missing: {}", origin::HOW_TO_WRITE);
            fits = Err(problems.add(table.key("origin"), message));
        }
    }
    fits
}
