//! Whose pages these are.

use std::fmt;
use std::str::FromStr;

use crate::protocol::Issuer;
use crate::protocol::issuer::is_web_origin;

/// The name and the logo above every page, and what the site has itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// What the site is called.
    pub name: String,
    /// Its logo; without one, pages show only the name.
    pub logo: Option<Logo>,
    /// Who may see its front page.
    pub home: Home,
    /// Whether it has an icon of its own that everyone may see.
    pub has_icon: bool,
}

/// Who may see the front page of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Everyone.
    Open,
    /// Whoever is signed in.
    SignedIn,
    /// No browser gets anything there.
    Closed,
}

/// How long the address of a logo may be, in bytes.
const LONGEST_LOGO: usize = 512;

impl Brand {
    /// What a site without a name is called: its host.
    #[must_use]
    pub fn default_name(issuer: &Issuer) -> String {
        let (_, host) = issuer.as_str().split_once("://").unwrap_or_default();
        host.to_owned()
    }
}

/// Where a logo is: `/path` of this site, or `https://host[:port]/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo(String);

/// The text is neither of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogoError;

impl fmt::Display for LogoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "must be a path of this site, such as `/logo.svg`, or an image's `https://host/path`",
        )
    }
}

impl Logo {
    /// Its address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The web origin that it comes from, if that is not this site's.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        split(&self.0).map(|(origin, _)| origin)
    }
}

impl FromStr for Logo {
    type Err = LogoError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/%!$&'()*+,=:@?".contains(&b);
        let path = match split(text) {
            Some((origin, path)) if is_web_origin(origin) => path,
            Some(_) => return Err(LogoError),
            None => text,
        };
        let fits = path.starts_with('/')
            && !path.starts_with("//")
            && text.len() <= LONGEST_LOGO
            && path.bytes().all(is_plain);
        fits.then(|| Self(text.to_owned())).ok_or(LogoError)
    }
}

/// The origin and the path of an absolute URL.
fn split(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('/') {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    let end = rest.find('/').unwrap_or(rest.len());
    text.split_at_checked(scheme.len() + 3 + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_logo_is() {
        for (good, origin) in [
            ("/logo.svg", None),
            ("/a/b.png?v=1", None),
            (
                "https://cdn.example.com/logo.svg",
                Some("https://cdn.example.com"),
            ),
            ("https://a.example:8443/x", Some("https://a.example:8443")),
            ("http://localhost:8787/x.svg", Some("http://localhost:8787")),
        ] {
            let logo: Logo = good.parse().unwrap();
            assert_eq!(logo.as_str(), good);
            assert_eq!(logo.origin(), origin);
        }
        for bad in [
            "",
            "logo.svg",
            "//cdn.example.com/logo.svg",
            "https://cdn.example.com",
            "http://cdn.example.com/logo.svg",
            "https://cdn.example.com//x",
            "https://cdn.example.com; script-src */x",
            "https://u@cdn.example.com/x",
            "https://CDN.example.com/x",
            "javascript:alert(1)",
            "javascript://a.example/x",
            "data:image/svg+xml,x",
            "/a b",
            "/a\"b",
            "/a\\b",
            "/é",
        ] {
            assert_eq!(bad.parse::<Logo>(), Err(LogoError), "{bad:?}");
        }
        let long = format!("/{}", "a".repeat(LONGEST_LOGO));
        assert_eq!(long.parse::<Logo>(), Err(LogoError));
    }

    #[test]
    fn a_site_without_a_name_has_that_of_its_host() {
        let issuer = "https://docs.example.com:8443".parse().unwrap();
        assert_eq!(Brand::default_name(&issuer), "docs.example.com:8443");
    }
}
