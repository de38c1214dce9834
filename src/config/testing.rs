//! Configurations for tests, with what they have in common.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{Client, Config, Grant, Introspect, SecretDigest};
use crate::accounts::Accounts;
use crate::pages::Brand;
use crate::secret::Secret;
use crate::token::KeyRing;

pub(crate) const ISSUER: &str = "https://auth.example.com";

/// The secret of every client is its id with this behind it.
pub(crate) const SECRET: &str = "-s3cr3t_";

pub(crate) fn keys() -> KeyRing {
    KeyRing::parse(&KeyRing::write_pair(1, &[9; 32]), ISSUER).unwrap()
}

/// A configuration with keys and the defaults of times, and nothing else.
pub(crate) fn config() -> Config {
    Config {
        issuer: ISSUER.parse().unwrap(),
        brand: Brand {
            name: "Example".to_owned(),
            logo: None,
        },
        keys: Some(keys()),
        accounts: Accounts::default(),
        clients: Vec::new(),
        providers: Vec::new(),
        routes: Vec::new(),
        outage_grace: Duration::from_mins(1),
        cache_bytes: 1 << 20,
        store_timeout: Duration::from_secs(2),
        session_idle: Duration::from_hours(24),
        session_lifetime: Duration::from_hours(168),
        log_refusals: false,
    }
}

pub(crate) fn digest_of(secret: &str) -> SecretDigest {
    SecretDigest(Secret::new(Sha256::digest(secret.as_bytes()).into()))
}

/// A client that gets tokens for itself.
pub(crate) fn client(id: &str) -> Client {
    Client {
        id: id.parse().unwrap(),
        secret_digests: vec![digest_of(&format!("{id}{SECRET}"))],
        is_public: false,
        name: None,
        is_first_party: false,
        redirect_uris: Vec::new(),
        grants: vec![Grant::ClientCredentials],
        scope: "orders:read orders:list".parse().unwrap(),
        audiences: vec![
            "https://api.example.com/orders".parse().unwrap(),
            "https://api.example.com/users".parse().unwrap(),
        ],
        token_lifetime: Duration::from_hours(1),
        refresh_idle: Duration::from_hours(24),
        refresh_lifetime: Duration::from_hours(240),
        introspect: Introspect::No,
        introspect_max_staleness: Duration::ZERO,
    }
}
