//! The paths for people, and the methods that each of them takes.

use crate::config::{EVENTS_PATH, GLOBAL_REVOCATION_PATH};

/// An endpoint for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/_postern/login`.
    Login,
    /// `/_postern/callback`: where another provider sends people back to.
    Callback,
    /// `/_postern/logout`.
    Logout,
    /// `/_postern/sessions`.
    Sessions,
    /// `/_postern/backchannel/ID`: where a provider says that somebody logged out (OpenID Connect
    /// Back-Channel Logout 1.0).
    Backchannel,
    /// `/_postern/events/ID`: where a transmitter pushes security events to (RFC 8935).
    Events,
    /// `/_postern/global-token-revocation` (draft-parecki-oauth-global-token-revocation).
    GlobalRevocation,
    /// `/_postern/admin/sessions`.
    Admin,
    /// `/_postern/style.css`.
    Style,
    /// `/_postern/icon.svg`.
    Icon,
}

/// The beginning of every path here.
const PREFIX: &str = "/_postern/";

/// The endpoint at `path`, if it is one. The comparison is exact.
#[must_use]
pub fn endpoint(path: &str) -> Option<Endpoint> {
    match path.strip_prefix(PREFIX)? {
        "login" => Some(Endpoint::Login),
        "callback" => Some(Endpoint::Callback),
        "logout" => Some(Endpoint::Logout),
        "sessions" => Some(Endpoint::Sessions),
        "admin/sessions" => Some(Endpoint::Admin),
        "style.css" => Some(Endpoint::Style),
        "icon.svg" => Some(Endpoint::Icon),
        "global-token-revocation" => Some(Endpoint::GlobalRevocation),
        rest if rest.starts_with("backchannel/") => Some(Endpoint::Backchannel),
        rest if rest.starts_with("events/") => Some(Endpoint::Events),
        _ => None,
    }
}

impl Endpoint {
    /// Its path, or the beginning of its paths.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Login => "/_postern/login",
            Self::Callback => "/_postern/callback",
            Self::Logout => "/_postern/logout",
            Self::Sessions => "/_postern/sessions",
            Self::Backchannel => "/_postern/backchannel/",
            Self::Events => EVENTS_PATH,
            Self::GlobalRevocation => GLOBAL_REVOCATION_PATH,
            Self::Admin => "/_postern/admin/sessions",
            Self::Style => "/_postern/style.css",
            Self::Icon => "/_postern/icon.svg",
        }
    }

    /// The methods that it takes, as the `Allow` header writes them.
    pub(super) const fn allow(self) -> &'static str {
        match self {
            Self::Login | Self::Logout | Self::Sessions | Self::Admin => "GET, HEAD, POST",
            // A HEAD changes nothing, and this logs somebody in.
            Self::Callback => "GET, POST",
            Self::Style | Self::Icon => "GET, HEAD",
            Self::Backchannel | Self::Events | Self::GlobalRevocation => "POST",
        }
    }

    /// Whether it answers with pages for people, which are of use at the issuer's address only. Programs use the others, and
    /// the style sheet and the icon belong to every page.
    #[must_use]
    pub const fn has_pages(self) -> bool {
        match self {
            Self::Login | Self::Logout | Self::Sessions | Self::Callback => true,
            Self::Style
            | Self::Icon
            | Self::Backchannel
            | Self::Events
            | Self::GlobalRevocation
            | Self::Admin => false,
        }
    }

    /// Whether a request with this method needs its body read.
    #[must_use]
    pub fn reads_body(self, method: &str) -> bool {
        method == "POST" && self.allow().contains("POST")
    }
}
