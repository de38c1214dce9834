//! `scopes_for`: which people may get a scope by way of an application.

use std::rc::Rc;

use super::issuers_of::IssuersOf;
use super::require::{self, Require};
use super::table::{Problems, Read, Reported, Table};
use crate::protocol::Scope;
use crate::protocol::scope::is_scope_token;
use crate::session::SessionRecord;

/// A scope that not everyone may get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeFor {
    /// `scope`.
    pub scope: String,
    /// `require`: whom it is for.
    pub require: Rc<Require>,
}

/// The scopes that not everyone may get. Every other scope is for all people whose client may have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopesFor(Vec<ScopeFor>);

impl ScopesFor {
    /// These.
    #[must_use]
    pub const fn new(all: Vec<ScopeFor>) -> Self {
        Self(all)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[ScopeFor] {
        &self.0
    }

    /// What of `scope` the person may get whom `login` stands for.
    #[must_use]
    pub fn narrowed(&self, scope: &Scope, login: &SessionRecord, issuers: &IssuersOf) -> Scope {
        let may = |token: &str| {
            let mut of_token = self.0.iter().filter(|one| one.scope == token);
            of_token.all(|one| one.require.fits(login, issuers))
        };
        // They are tokens already.
        Scope::from_tokens(scope.tokens().filter(|token| may(token))).unwrap_or_default()
    }
}

/// Reads `scopes_for`.
pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Read<ScopesFor> {
    let mut all: Vec<ScopeFor> = Vec::new();
    let mut fits = Ok(());
    for (path, value) in table.tables("scopes_for", problems)? {
        let one = Table::open(path, value, &["scope", "require"], problems);
        let one = one.and_then(|one| read_one(&one, &all, problems));
        match one {
            Ok(one) => all.push(one),
            Err(Reported) => fits = Err(Reported),
        }
    }
    fits.map(|()| ScopesFor(all))
}

fn read_one(table: &Table<'_>, before: &[ScopeFor], problems: &mut Problems) -> Read<ScopeFor> {
    let scope = |text: &str| {
        if !is_scope_token(text) {
            return Err("is not one scope: write printable ASCII without spaces, `\"` and `\\`");
        }
        if before.iter().any(|other| other.scope == text) {
            return Err("is there twice: write all rules for it into one `require`");
        }
        Ok(text.to_owned())
    };
    let scope = table.needed("scope", "write the scope, such as `admin`", scope, problems);
    let require = require::read(table, problems)?;
    let Some(require) = require else {
        let message = "is missing: write whom the scope is for, such as `[{ claim = \"groups\", has = \"admins\" }]`";
        return Err(problems.add(table.key("require"), message));
    };
    Ok(ScopeFor {
        scope: scope?,
        require,
    })
}
