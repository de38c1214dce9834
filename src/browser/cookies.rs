//! Postern's own cookies (RFC 6265 section 4).
//!
//! ```text
//! cookie-string = cookie-pair *( ";" SP cookie-pair )
//! cookie-pair   = cookie-name "=" cookie-value
//! cookie-value  = *cookie-octet
//! cookie-octet  = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
//! ```
//! Job: their names, reading one, setting one, clearing one. A browser takes a `__Host-` name only with
//! `Secure`, `Path=/` and no `Domain`, so no other host can set it. A name that comes twice still counts
//! as absent: which of the two is Postern's could only be guessed (cookie tossing).

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// The name of one of Postern's cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieName(Cow<'static, str>);

/// How many characters of its `state` name the cookie of a login.
const STATE_CHARACTERS: usize = 8;

/// How the name of a login's cookie begins.
const LOGIN: &str = "__Host-postern-login-";

impl CookieName {
    /// The ticket of a login session.
    pub const SESSION: Self = Self(Cow::Borrowed("__Host-postern-session"));

    /// The random name of a browser, which form tokens are bound to.
    pub const BROWSER: Self = Self(Cow::Borrowed("__Host-postern-browser"));

    /// Under which names this browser has logged in with a password.
    pub const KNOWN: Self = Self(Cow::Borrowed("__Host-postern-known"));

    /// What a provider had this browser post a moment ago.
    pub const ANSWER: Self = Self(Cow::Borrowed("__Host-postern-answer"));

    /// What is remembered during a login with a provider. Each tab has its own, named by the first eight
    /// characters of its `state`. `None` where those are not base64url.
    #[must_use]
    pub fn login(state: &str) -> Option<Self> {
        let head = state.get(..STATE_CHARACTERS)?;
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        head.bytes()
            .all(fits)
            .then(|| Self(Cow::Owned(format!("{LOGIN}{head}"))))
    }

    /// The names of the logins in a `Cookie` header, in its order: browsers send the oldest first (RFC 6265 section 5.4).
    #[must_use]
    pub fn logins(header: &str) -> Vec<Self> {
        let names = header.split(';').filter_map(|pair| {
            let (name, _) = pair.trim_matches([' ', '\t']).split_once('=')?;
            let state = name.strip_prefix(LOGIN)?;
            Self::login(state).filter(|known| known.as_str() == name)
        });
        names.collect()
    }

    /// The name of this piece of a value that is too long for one cookie; see [`super::pieces`].
    pub(super) fn piece(&self, number: usize) -> Self {
        match number {
            1 => self.clone(),
            _ => Self(Cow::Owned(format!("{self}-{number}"))),
        }
    }

    /// Whether a `Cookie` header has it at all.
    pub(super) fn is_in(&self, header: &str) -> bool {
        header.split(';').any(|pair| {
            let name = pair.trim_matches([' ', '\t']).split_once('=');
            name.is_some_and(|(name, _)| name == self.as_str())
        })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one value of this name in a `Cookie` header. `None` where there is none, where there are two,
    /// and where it has a character that Postern never writes.
    #[must_use]
    pub fn read<'h>(&self, header: &'h str) -> Option<&'h str> {
        let mut values = header.split(';').filter_map(|pair| {
            let (name, value) = pair.trim_matches([' ', '\t']).split_once('=')?;
            (name == self.as_str()).then_some(value)
        });
        let value = values.next()?;
        (values.next().is_none() && is_value(value)).then_some(value)
    }

    /// The value of a `Set-Cookie` header that sets it, for as long as the browser runs, or for
    /// `lifetime`. `None` where `value` is empty or has a character other than a cookie-octet.
    #[must_use]
    pub fn set(&self, value: &str, lifetime: Option<Duration>) -> Option<String> {
        is_value(value).then(|| self.header(value, lifetime))
    }

    /// The value of a `Set-Cookie` header that takes it away.
    #[must_use]
    pub fn clear(&self) -> String {
        self.header("", Some(Duration::ZERO))
    }

    /// Whether this value of a `Set-Cookie` header sets it or takes it away.
    #[must_use]
    pub fn is_set_by(&self, header: &str) -> bool {
        header
            .split_once('=')
            .is_some_and(|(name, _)| name == self.as_str())
    }

    fn header(&self, value: &str, lifetime: Option<Duration>) -> String {
        let mut header = format!("{self}={value}; Secure; HttpOnly; SameSite=Lax; Path=/");
        if let Some(lifetime) = lifetime {
            header.push_str("; Max-Age=");
            header.push_str(&lifetime.as_secs().to_string());
        }
        header
    }
}

impl fmt::Display for CookieName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `1*cookie-octet`: Postern sets no empty value.
fn is_value(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| matches!(b, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e))
}
