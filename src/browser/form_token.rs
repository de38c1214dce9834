//! Form tokens: they prove that Postern showed the form to this browser, about this subject.
//!
//! ```text
//! token    = note for "form" with no payload, for an hour
//! bound_to = form NUL browser NUL subject
//! ```
//! A hidden field holds the token, and the cookie `__Host-postern-browser` names the browser. Another site's form
//! has neither. Nothing is compared here: the note's seal is checked in constant time, and holds only if form,
//! browser and subject fit together.

use std::fmt;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};

use super::cookies::CookieName;
use super::sealed::Purpose;
use crate::secret::Secret;
use crate::time::Time;
use crate::token::seal::SEAL_RANDOMNESS;
use crate::token::{KeyRing, Unsealable};

/// How long a form may stay open.
pub const FORM_LIFETIME: Duration = Duration::from_hours(1);

/// The name of the hidden field.
pub const FIELD: &str = "form_token";

/// Bytes of randomness in the name of a browser.
pub const BROWSER_RANDOMNESS: usize = 16;

/// The random name of a browser. It can't be printed: anyone who knows it can get form tokens for that browser.
#[derive(Clone, PartialEq, Eq)]
pub struct BrowserId(Secret<String>);

impl BrowserId {
    /// A new browser's. `random` must be fresh randomness.
    #[must_use]
    pub fn new(random: [u8; BROWSER_RANDOMNESS]) -> Self {
        Self(Secret::new(Base64UrlUnpadded::encode_string(&random)))
    }

    /// The one in a `Cookie` header; `None` where it has none that Postern could have made.
    #[must_use]
    pub fn read(cookie_header: &str) -> Option<Self> {
        let text = CookieName::BROWSER.read(cookie_header)?;
        let mut bytes = [0; BROWSER_RANDOMNESS];
        let length = Base64UrlUnpadded::decode(text, &mut bytes).ok()?.len();
        (length == BROWSER_RANDOMNESS).then(|| Self(Secret::new(text.to_owned())))
    }

    /// The value of the `Set-Cookie` header that gives it to its browser, until that is closed.
    #[must_use]
    pub fn set_cookie(&self) -> String {
        // Exposed to the browser that it names.
        CookieName::BROWSER
            .set(self.0.expose(), None)
            .expect("base64url consists of cookie-octets")
    }
}

impl fmt::Debug for BrowserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BrowserId(..)")
    }
}

/// Which form it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormUse {
    /// Logging in.
    Login,
    /// Agreeing to what a client asks for.
    Consent,
    /// Logging out.
    Logout,
    /// Ending sessions.
    Sessions,
}

impl FormUse {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Login, Self::Consent, Self::Logout, Self::Sessions];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
            Self::Logout => "logout",
            Self::Sessions => "sessions",
        }
    }

    /// The token of this form for `browser`. `subject` is what must not change between showing the
    /// form and submitting it: the login session, say, or the authorization request. `nonce` must be fresh
    /// randomness.
    #[must_use]
    pub fn issue(
        self,
        keys: &KeyRing,
        browser: &BrowserId,
        subject: &str,
        now: Time,
        nonce: [u8; SEAL_RANDOMNESS],
    ) -> String {
        let bound_to = self.bound_to(browser, subject);
        // Exposed to the seal.
        let bound_to = bound_to.expose();
        Purpose::Form.seal(keys, bound_to, &[], now.plus(FORM_LIFETIME), nonce)
    }

    /// Whether `token` is one of this form for this browser and subject.
    ///
    /// # Errors
    /// [`Unsealable`] says why it is not. [`Unsealable::Expired`] means that it was one, and that the
    /// form should be shown again.
    pub fn check(
        self,
        keys: &KeyRing,
        browser: &BrowserId,
        subject: &str,
        token: &str,
        now: Time,
    ) -> Result<(), Unsealable> {
        let bound_to = self.bound_to(browser, subject);
        // Exposed to the seal.
        let payload = Purpose::Form.open(keys, bound_to.expose(), token, now)?;
        payload
            .is_empty()
            .then_some(())
            .ok_or(Unsealable::Malformed)
    }

    /// The subject comes last, because it may contain any character.
    fn bound_to(self, browser: &BrowserId, subject: &str) -> Secret<String> {
        // Exposed to the seal, with the form's name.
        let browser = browser.0.expose();
        Secret::new(format!("{}\0{browser}\0{subject}", self.as_str()))
    }
}
