//! What notes are for.
//!
//! Job: one list of purposes. No two have the same word, so a note that was sealed for one opens for no other.
//! Not its job: the seal itself; that is [`crate::token::note`]'s.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::time::Time;
use crate::token::seal::SEAL_RANDOMNESS;
use crate::token::{KeyRing, Unsealable};

/// What a note is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// What is remembered during a login with a provider; bound to its cookie's name.
    Login,
    /// A form token; see [`super::form_token`].
    Form,
    /// A session in its owner's list; bound to its key in the store.
    Session,
    /// What a person agreed to; bound to its key in the store.
    Consent,
    /// Under which names a browser has logged in; bound to its cookie's name.
    KnownBrowser,
    /// What logs a person out at their provider when their session ends; bound to the person's `sub`.
    LogoutNote,
    /// What a provider had the browser post; bound to its cookie's name.
    Answer,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 7] = [
        Self::Login,
        Self::Form,
        Self::Session,
        Self::Consent,
        Self::KnownBrowser,
        Self::LogoutNote,
        Self::Answer,
    ];

    /// The word for it, which is part of the seal and never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Form => "form",
            Self::Session => "session",
            Self::Consent => "consent",
            Self::KnownBrowser => "known browser",
            // An older name.
            Self::LogoutNote => "keepsake",
            Self::Answer => "answer",
        }
    }

    /// Seals a note for a browser, as base64url. `nonce` must be fresh randomness.
    #[must_use]
    pub fn seal(
        self,
        keys: &KeyRing,
        bound_to: &str,
        payload: &[u8],
        expires_at: Time,
        nonce: [u8; SEAL_RANDOMNESS],
    ) -> String {
        keys.seal_note(self.as_str(), bound_to, payload, expires_at, nonce)
    }

    /// Opens what [`Self::seal`] wrote.
    ///
    /// # Errors
    /// [`Unsealable`] says why it does not count; only [`Unsealable::Expired`] was ever genuine.
    pub fn open(
        self,
        keys: &KeyRing,
        bound_to: &str,
        text: &str,
        now: Time,
    ) -> Result<Vec<u8>, Unsealable> {
        keys.open_note(self.as_str(), bound_to, text, now)
    }

    /// Opens what [`Self::seal`] wrote, although it may have expired, and says when that is.
    ///
    /// # Errors
    /// [`Unsealable`], but never [`Unsealable::Expired`].
    pub fn open_of_any_age(
        self,
        keys: &KeyRing,
        bound_to: &str,
        text: &str,
    ) -> Result<(Vec<u8>, Time), Unsealable> {
        let note = Base64UrlUnpadded::decode_vec(text).map_err(|_| Unsealable::Malformed)?;
        keys.open_note_of_any_age(self.as_str(), bound_to, &note)
    }

    /// Seals a note for a store, bound to the key that it is stored under. Under another key it does not
    /// open. `nonce` must be fresh randomness.
    #[must_use]
    pub fn seal_stored(
        self,
        keys: &KeyRing,
        key: &str,
        payload: &[u8],
        expires_at: Time,
        nonce: [u8; SEAL_RANDOMNESS],
    ) -> Vec<u8> {
        keys.seal_note_bytes(self.as_str(), key, payload, expires_at, nonce)
    }

    /// Opens what [`Self::seal_stored`] wrote.
    ///
    /// # Errors
    /// [`Unsealable`] says why it does not count; only [`Unsealable::Expired`] was ever genuine.
    pub fn open_stored(
        self,
        keys: &KeyRing,
        key: &str,
        note: &[u8],
        now: Time,
    ) -> Result<Vec<u8>, Unsealable> {
        keys.open_note_bytes(self.as_str(), key, note, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::key_ring;

    fn at(seconds: u64) -> Time {
        Time::from_seconds(seconds)
    }

    fn ring() -> KeyRing {
        key_ring("https://a.example", &[(1, 9)])
    }

    #[test]
    fn purposes_format_unchanged() {
        let words = Purpose::ALL.map(Purpose::as_str);
        assert_eq!(
            words,
            [
                "login",
                "form",
                "session",
                "consent",
                "known browser",
                "keepsake",
                "answer"
            ]
        );
    }

    #[test]
    fn a_note_opens_for_its_purpose_and_where_it_was_put() {
        for purpose in Purpose::ALL {
            let text = purpose.seal(&ring(), "here", b"x", at(9), [5; 24]);
            let stored = purpose.seal_stored(&ring(), "here", b"x", at(9), [5; 24]);
            for other in Purpose::ALL {
                let expected = if other == purpose {
                    Ok(b"x".to_vec())
                } else {
                    Err(Unsealable::Forged)
                };
                assert_eq!(other.open(&ring(), "here", &text, at(1)), expected);
                assert_eq!(other.open_stored(&ring(), "here", &stored, at(1)), expected);
            }
            let moved = purpose.open_stored(&ring(), "there", &stored, at(1));
            assert_eq!(moved, Err(Unsealable::Forged));
            let late = purpose.open(&ring(), "here", &text, at(9));
            assert_eq!(late, Err(Unsealable::Expired));
            let (payload, expired) = purpose.open_of_any_age(&ring(), "here", &text).unwrap();
            assert_eq!((payload.as_slice(), expired), (&b"x"[..], at(9)));
            let moved = purpose.open_of_any_age(&ring(), "there", &text);
            assert_eq!(moved, Err(Unsealable::Forged));
        }
    }
}
