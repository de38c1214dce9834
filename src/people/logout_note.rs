//! The note that a login session keeps so that the person can be logged out at their provider too. It holds the
//! provider's id and the ID token, which becomes the `id_token_hint` (OpenID Connect RP-Initiated Logout 1.0
//! section 2). It is sealed, and bound to the person's `sub`.

use super::services::Services;
use crate::browser::sealed::Purpose;
use crate::ports::PersonPorts;
use crate::provider::Person;
use crate::secret::Secret;

/// Stands between the provider's id and the ID token. Neither can contain it.
const SEPARATOR: char = '\n';

/// The note, opened.
pub(super) struct LogoutNote {
    /// The provider's id.
    pub(super) provider: String,
    pub(super) id_token: Secret<String>,
}

impl<P: PersonPorts> Services<'_, P> {
    pub(super) fn seal_logout_note(&self, person: &Person) -> Vec<u8> {
        // Exposed to be sealed.
        let id_token = person.id_token.expose();
        let text = Secret::new(format!("{}{SEPARATOR}{id_token}", person.provider));
        let until = self.ports().now().plus(self.config().session_lifetime);
        Purpose::LogoutNote.seal_stored(
            self.visitor.resolver.keys(),
            &person.subject,
            text.expose().as_bytes(),
            until,
            self.visitor.nonce(),
        )
    }

    /// `None` where there is no note, or it is too old.
    pub(super) fn open_logout_note(&self, subject: &str, sealed: &[u8]) -> Option<LogoutNote> {
        let (keys, now) = (self.visitor.resolver.keys(), self.ports().now());
        let bytes = Purpose::LogoutNote
            .open_stored(keys, subject, sealed, now)
            .ok()?;
        let (provider, id_token) = std::str::from_utf8(&bytes).ok()?.split_once(SEPARATOR)?;
        Some(LogoutNote {
            provider: provider.to_owned(),
            id_token: Secret::new(id_token.to_owned()),
        })
    }
}
