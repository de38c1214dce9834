//! What people may, as the configuration as a whole has it.

use super::Config;
use super::issuers_of::IssuersOf;
use crate::protocol::{Scope, WebUrl};
use crate::session::SessionRecord;

impl Config {
    /// Who says who somebody is.
    #[must_use]
    pub fn issuers_of(&self) -> IssuersOf {
        let providers = self
            .providers
            .iter()
            .map(|one| (&one.subject_prefix, &one.issuer));
        let issuers = self
            .issuers
            .iter()
            .map(|one| (&one.subject_prefix, &one.issuer));
        let owned =
            |(prefix, issuer): (&String, &WebUrl)| (prefix.clone(), issuer.as_str().to_owned());
        IssuersOf::new(self.issuer.as_str(), providers.chain(issuers).map(owned))
    }

    /// What of `scope` the person may get by way of an application whom `login` stands for.
    #[must_use]
    pub fn scope_of_person(&self, scope: Scope, login: &SessionRecord) -> Scope {
        if self.scopes_for.all().is_empty() {
            return scope;
        }
        self.scopes_for.narrowed(&scope, login, &self.issuers_of())
    }
}
