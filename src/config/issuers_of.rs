//! Who says who somebody is: the claim `iss` of a session.

use crate::session::SessionRecord;

/// From a subject to the issuer that names it. Every provider's people have its prefix, and no two prefixes could name the
/// same person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuersOf {
    own: String,
    /// Prefix and issuer.
    others: Vec<(String, String)>,
}

impl IssuersOf {
    /// Those of this server, and of others by their prefix. An empty prefix is everyone's who has no other.
    #[must_use]
    pub fn new(own: &str, others: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            own: own.to_owned(),
            others: others.into_iter().collect(),
        }
    }

    /// The issuer that says who this record stands for; for accounts and for this server's own clients it is this server.
    #[must_use]
    pub fn of(&self, record: &SessionRecord) -> &str {
        let (subject, client) = (&record.subject, record.client_id.as_str());
        // A client of another issuer has a `:` in its id.
        if subject == client && !client.contains(':') {
            return &self.own;
        }
        let mut others = self.others.iter();
        let found = others.find(|(prefix, _)| subject.starts_with(prefix.as_str()));
        found.map_or(&self.own, |(_, issuer)| issuer)
    }
}
