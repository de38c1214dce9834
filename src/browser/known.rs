//! The browsers that have logged in under a name before.
//!
//! ```text
//! cookie  = note for "known browser", bound to the cookie's name, for 90 days
//! payload = id(8) 1*5 name(16)
//! name    = SHA-256("postern known browser v1" NUL name in lower case), cut to 16 bytes
//! ```
//! A browser gets the cookie with each login by password, and keeps it after the logout. It opens nothing: what
//! it gives is a count of attempts of its own, so that others who guess can't use up those of the owner (OWASP,
//! "Slow Down Online Guessing Attacks with Device Cookies"). Not its job: counting.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::cookies::CookieName;
use super::sealed::Purpose;
use crate::time::Time;
use crate::token::KeyRing;
use crate::token::seal::SEAL_RANDOMNESS;

/// How long a browser stays known after a login.
pub const KNOWN_FOR: Duration = Duration::from_hours(90 * 24);
/// How many names a browser is known under: those that logged in last.
pub const MOST_NAMES: usize = 5;
/// Bytes of randomness in its id.
pub const ID: usize = 8;

const NAME: usize = 16;

/// What makes a browser known. It can't be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownBrowser {
    id: [u8; ID],
    /// The last one first.
    names: Vec<[u8; NAME]>,
}

impl std::fmt::Debug for KnownBrowser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KnownBrowser(..)")
    }
}

impl KnownBrowser {
    /// A browser that is known under no name yet. `random` must be fresh randomness.
    #[must_use]
    pub const fn new(random: [u8; ID]) -> Self {
        Self {
            id: random,
            names: Vec::new(),
        }
    }

    /// The one that a `Cookie` header tells of. `None` where it does not, or too long ago, or where Postern did
    /// not write it.
    #[must_use]
    pub fn read(cookie_header: &str, keys: &KeyRing, now: Time) -> Option<Self> {
        let name = CookieName::KNOWN;
        let sealed = name.read(cookie_header)?;
        let payload = Purpose::KnownBrowser
            .open(keys, name.as_str(), sealed, now)
            .ok()?;
        let (id, names) = payload.split_first_chunk::<ID>()?;
        let (names, rest) = names.as_chunks::<NAME>();
        (rest.is_empty() && names.len() <= MOST_NAMES).then(|| Self {
            id: *id,
            names: names.to_vec(),
        })
    }

    /// The number that its attempts are counted under.
    #[must_use]
    pub const fn id(&self) -> [u8; ID] {
        self.id
    }

    /// Whether it has logged in under this name, in whatever letter case.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.names.contains(&hash(name))
    }

    /// The same browser after a login under this name.
    #[must_use]
    pub fn with(mut self, name: &str) -> Self {
        let name = hash(name);
        self.names.retain(|other| *other != name);
        self.names.insert(0, name);
        self.names.truncate(MOST_NAMES);
        self
    }

    /// The value of the `Set-Cookie` header that the browser keeps. `nonce` must be fresh randomness.
    #[must_use]
    pub fn set_cookie(&self, keys: &KeyRing, now: Time, nonce: [u8; SEAL_RANDOMNESS]) -> String {
        let payload = [&self.id[..], self.names.as_flattened()].concat();
        let (name, until) = (CookieName::KNOWN, now.plus(KNOWN_FOR));
        let sealed = Purpose::KnownBrowser.seal(keys, name.as_str(), &payload, until, nonce);
        name.set(&sealed, Some(KNOWN_FOR))
            .expect("base64url consists of cookie-octets")
    }
}

fn hash(name: &str) -> [u8; NAME] {
    let hash = Sha256::new_with_prefix(b"postern known browser v1\0")
        .chain_update(name.to_ascii_lowercase())
        .finalize();
    let (head, _) = hash
        .split_first_chunk::<NAME>()
        .expect("SHA-256 has 32 bytes");
    *head
}
