//! `scopes` of a client, a provider or a route.

use super::table::{Problems, Read, Table};
use crate::protocol::Scope;
use crate::protocol::scope::is_scope_token;

/// The scope that makes a program an administrator: it sees and ends anybody's sessions.
pub const ADMIN_SCOPE: &str = "postern:admin";

/// Reads the list, each scope as a text of its own.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Read<Scope> {
    let one = |text: &str| {
        if is_scope_token(text) {
            Ok(text.to_owned())
        } else {
            Err(
                "is not a scope: write printable ASCII without spaces, `\"` and `\\`, and each scope \
                 as a text of its own",
            )
        }
    };
    let tokens = table.list("scopes", "orders:read", one, problems)?;
    let tokens = tokens.unwrap_or_default();
    Scope::from_tokens(tokens).map_err(|error| problems.add(table.key("scopes"), error.to_string()))
}
