//! How long what is issued can live, as the configuration has it.
//!
//! Only what can exist counts: a client's `refresh_lifetime` only if it has the refresh grant.

use std::time::Duration;

use super::{Client, Config, Grant};

/// How long a code lasts.
pub const CODE_LIFETIME: Duration = Duration::from_mins(1);

impl Client {
    /// How long an authorization by a person lasts at the most: with refresh tokens `refresh_lifetime`,
    /// otherwise as long as a code and the access token that it gives.
    #[must_use]
    pub fn authorization_lifetime(&self) -> Duration {
        if self.grants.contains(&Grant::RefreshToken) {
            self.refresh_lifetime
        } else {
            CODE_LIFETIME + self.token_lifetime
        }
    }

    /// The longest life of anything that this client is given now; zero if it is given nothing.
    fn longest_life(&self) -> Duration {
        let lives = self.grants.iter().map(|grant| match grant {
            Grant::ClientCredentials => self.token_lifetime,
            Grant::AuthorizationCode | Grant::RefreshToken => self.authorization_lifetime(),
        });
        lives.max().unwrap_or_default()
    }
}

impl Config {
    /// The longest life of anything that is issued now: to a client, or to a person who logs in; and of what another
    /// issuer has issued, as far as it counts here.
    #[must_use]
    pub fn longest_life(&self) -> Duration {
        let foreign = self.issuers.iter().map(|issuer| issuer.max_lifetime);
        let lives = self.clients.iter().map(Client::longest_life).chain(foreign);
        lives.fold(self.session_lifetime, Duration::max)
    }

    /// How long something lives of this subject of which no person's session knows: the access tokens that a client of
    /// this id gets for itself, whose subject is the id; and what another issuer gives, whose sessions may go on giving
    /// tokens. Zero if it is neither.
    #[must_use]
    pub fn life_without_session(&self, subject: &str) -> Duration {
        let issuers = self.issuers.iter();
        if issuers
            .map(|one| &one.subject_prefix)
            .any(|prefix| subject.starts_with(prefix))
        {
            return self.longest_life();
        }
        let client = self.client(subject);
        let client = client.filter(|client| client.grants.contains(&Grant::ClientCredentials));
        client.map_or(Duration::ZERO, |client| client.token_lifetime)
    }

    /// Whether routes may take the tokens of this issuer, a URL.
    #[must_use]
    pub fn takes_tokens_of(&self, issuer: Option<&str>) -> bool {
        let mut issuers = self.issuers.iter();
        issuers.any(|one| Some(one.issuer.as_str()) == issuer)
    }
}
