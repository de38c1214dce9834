//! People who come to another address of this Worker than the issuer's.
//!
//! Job: where they go. A login is a cookie of one host, and form tokens and providers' answers are held to the issuer, so
//! nobody can log in anywhere else. One Worker with one list of routes answers at all of its addresses. So who opens a page
//! at another one is led to the same page at the issuer's. Where that is comes from the configuration and never from the
//! request: nobody can be led to another site by it.
//!
//! If one of the two is this machine and the other is not, nobody is led. A developer would land in production, or, where a
//! proxy tells the Worker another host than the browser's, go in circles. They are told what does not fit instead.

use crate::protocol::Issuer;

/// What becomes of somebody who is not at the issuer's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// They are led to the same page at the issuer's.
    Led,
    /// They are not: one of the two addresses is this machine, and the other is not.
    Apart,
}

impl Elsewhere {
    /// What becomes of a request for a URL with this scheme, host and port, as they were sent: `https://host[:port]`. `None`
    /// at the issuer's own address.
    #[must_use]
    pub fn of(issuer: &Issuer, origin: &str) -> Option<Self> {
        if origin.eq_ignore_ascii_case(issuer.as_str()) {
            return None;
        }
        if is_loopback(origin) == is_loopback(issuer.as_str()) {
            Some(Self::Led)
        } else {
            Some(Self::Apart)
        }
    }
}

/// Whether the host of `scheme://host[:port]` is this machine.
fn is_loopback(origin: &str) -> bool {
    let authority = origin.split_once("://").map_or("", |(_, rest)| rest);
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        authority
            .get(..host.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(host))
            && matches!(authority.as_bytes().get(host.len()), None | Some(b':'))
    })
}
