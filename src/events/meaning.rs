//! What an event means here, by its type.

use serde_json::Value;

/// What an event ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The session that it names, or all of a person, where it names a person.
    Session,
    /// All that a person has.
    Person,
    /// Nothing: what happened takes nothing away.
    Nothing,
    /// Nothing: it is about the stream itself.
    Stream,
    /// Nothing: it is of a type that is not known here.
    Unknown,
}

const BASE: &str = "https://schemas.openid.net/secevent/";

impl Meaning {
    /// That of an event of type `kind`, which says `event` of it.
    #[must_use]
    pub fn of(kind: &str, event: &Value) -> Self {
        match kind.strip_prefix(BASE).unwrap_or_default() {
            "caep/event-type/session-revoked" => Self::Session,
            // A new passkey says nothing against the sessions that there are (CAEP 1.0 section 3.3).
            "caep/event-type/credential-change"
                if event.get("change_type").and_then(Value::as_str) == Some("create") =>
            {
                Self::Nothing
            }
            "caep/event-type/credential-change"
            | "risc/event-type/account-disabled"
            | "risc/event-type/account-purged"
            | "risc/event-type/credential-compromise"
            | "risc/event-type/sessions-revoked" => Self::Person,
            // Sections 8.1.4 and 8.1.5 of the framework, and what the first was called before.
            "ssf/event-type/verification"
            | "ssf/event-type/stream-updated"
            | "sse/event-type/verification"
            | "risc/event-type/verification" => Self::Stream,
            _ => Self::Unknown,
        }
    }

    /// Whether it ends something of somebody.
    #[must_use]
    pub const fn ends(self) -> bool {
        matches!(self, Self::Session | Self::Person)
    }
}
