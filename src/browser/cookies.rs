//! Postern's own cookies (RFC 6265 section 4).
//!
//! ```text
//! cookie-string = cookie-pair *( ";" SP cookie-pair )
//! cookie-pair   = cookie-name "=" cookie-value
//! cookie-value  = *cookie-octet
//! cookie-octet  = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
//! ```
//! Job: their names, reading one, setting one, clearing one. A browser takes a `__Host-` name only with
//! `Secure`, `Path=/` and no `Domain`, so no other host can set it. A name that comes twice counts as
//! absent all the same: which of the two is ours could only be guessed (cookie tossing).

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// The name of a cookie of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieName(Cow<'static, str>);

/// How many characters of its `state` name the cookie of a login.
const STATE_CHARACTERS: usize = 8;

impl CookieName {
    /// The ticket of a login session.
    pub const SESSION: Self = Self(Cow::Borrowed("__Host-postern-session"));

    /// The random name of a browser, which form tokens are bound to.
    pub const BROWSER: Self = Self(Cow::Borrowed("__Host-postern-browser"));

    /// What is remembered during a login with another provider, one a tab: told apart by the first
    /// eight characters of its `state`. `None` where those are not eight of base64url.
    #[must_use]
    pub fn login(state: &str) -> Option<Self> {
        let head = state.get(..STATE_CHARACTERS)?;
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        head.bytes()
            .all(fits)
            .then(|| Self(Cow::Owned(format!("__Host-postern-login-{head}"))))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one value of this name in a `Cookie` header. `None` where there is none, where there are two,
    /// and where it has a character that we never wrote.
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

/// `1*cookie-octet`: what is empty is no value of ours.
fn is_value(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| matches!(b, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cookie_names_format_unchanged() {
        assert_eq!(CookieName::SESSION.as_str(), "__Host-postern-session");
        assert_eq!(CookieName::BROWSER.as_str(), "__Host-postern-browser");
        let login = CookieName::login("Ab-_0189rest of it").unwrap();
        assert_eq!(login.as_str(), "__Host-postern-login-Ab-_0189");
    }

    #[test]
    fn a_login_cookie_is_named_by_base64url_alone() {
        for bad in [
            "",
            "1234567",
            "1234567=",
            "1234567;",
            "123456 8",
            "1234567é",
            "%0d%0aSet",
        ] {
            assert_eq!(CookieName::login(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn reads_the_one_value_of_a_name() {
        let read = |header| CookieName::SESSION.read(header);
        for header in [
            "__Host-postern-session=pst_st_A-_9",
            "a=b; __Host-postern-session=pst_st_A-_9; c=d",
            "a=\"x,y\";__Host-postern-session=pst_st_A-_9",
            "\t__Host-postern-session=pst_st_A-_9 ;",
            ";; __Host-postern-session=pst_st_A-_9;;",
            "x__Host-postern-session=other; __Host-postern-session=pst_st_A-_9",
            "__Host-postern-session2=other; __Host-postern-session=pst_st_A-_9",
            // Names have a case (RFC 6265 section 5.3): this one is somebody else's.
            "__host-postern-session=other; __Host-postern-session=pst_st_A-_9",
        ] {
            assert_eq!(read(header), Some("pst_st_A-_9"), "{header:?}");
        }
        assert_eq!(read("__Host-postern-session=a=b="), Some("a=b="));
    }

    #[test]
    fn a_tossed_or_strange_cookie_counts_as_absent() {
        for header in [
            "",
            "__Host-postern-session",
            "__Host-postern-session=",
            "__HOST-postern-session=a",
            "__Host-postern-session =a",
            // Twice, in any order, and equal too.
            "__Host-postern-session=a; __Host-postern-session=b",
            "__Host-postern-session=a; x=y; __Host-postern-session=a",
            "__Host-postern-session=; __Host-postern-session=a",
            "__Host-postern-session=a; __Host-postern-session=",
            // Two headers, joined as headers are.
            "__Host-postern-session=a, __Host-postern-session=b",
            // A value that was never ours.
            "__Host-postern-session=\"a\"",
            "__Host-postern-session=a b",
            "__Host-postern-session=a,b",
            "__Host-postern-session=a\\b",
            "__Host-postern-session=é",
            "__Host-postern-session=a\u{7f}",
            // Inside of another.
            "x=__Host-postern-session=a",
            "=__Host-postern-session=a",
        ] {
            assert_eq!(CookieName::SESSION.read(header), None, "{header:?}");
        }
    }

    /// standards.md, Cookies.
    #[test]
    fn a_cookie_has_every_attribute() {
        let set = |lifetime| CookieName::BROWSER.set("abc", lifetime).unwrap();
        let plain = "__Host-postern-browser=abc; Secure; HttpOnly; SameSite=Lax; Path=/";
        assert_eq!(set(None), plain);
        assert_eq!(
            set(Some(Duration::from_millis(600_900))),
            format!("{plain}; Max-Age=600")
        );
        assert_eq!(
            CookieName::BROWSER.clear(),
            "__Host-postern-browser=; Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
        );
    }

    #[test]
    fn every_character_is_where_the_grammar_has_it() {
        for byte in 0..=0x7f_u8 {
            let text = char::from(byte).to_string();
            let expected = byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
            let set = CookieName::SESSION.set(&text, None);
            assert_eq!(set.is_some(), expected, "{byte:#x}");
        }
        assert_eq!(CookieName::SESSION.set("", None), None);
        assert_eq!(CookieName::SESSION.set("é", None), None);
    }

    proptest! {
        #[test]
        fn what_was_set_is_read(value in "[A-Za-z0-9_-]{1,90}", other in "[a-z=, ]{0,9}") {
            let set = CookieName::BROWSER.set(&value, None).unwrap();
            let (pair, _) = set.split_once(';').unwrap();
            let header = format!("x={other}; {pair}");
            prop_assert_eq!(CookieName::BROWSER.read(&header), Some(value.as_str()));
        }

        #[test]
        fn reading_never_panics(header in "\\PC{0,60}") {
            let _ = CookieName::SESSION.read(&header);
        }
    }
}
