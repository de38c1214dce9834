//! What the origin gets.
//!
//! Job: which request headers stop everywhere, the headers that tell the origin who is there, and the URL at the
//! origin. [`allowed`], [`cookies`] and [`response`] have the rest. The rule: no credential goes on, and no header from
//! which an origin could take another path, method, host or person than the gate decided about.

pub mod allowed;
mod authorization;
pub mod cookies;
pub mod response;
pub mod who;

use crate::gate::path;

pub use allowed::should_forward;
pub use authorization::may_pass;
pub use cookies::{CookieHeader, cookie_of, is_own_cookie, strip_own_cookies};
pub use response::{CDN_CACHE_HEADERS, Guard, Received};
pub use who::{Introducing, identity, person};

/// Who the token stands for (`sub`), see [`identity()`].
pub const SUBJECT: &str = "x-postern-subject";
/// The client that the token was issued to (`client_id`); `postern` for a login session.
pub const CLIENT: &str = "x-postern-client";
/// What the token may do (`scope`): scope tokens with single spaces between them; may be empty.
pub const SCOPE: &str = "x-postern-scope";
/// The session (`sid`), base64url.
pub const SESSION: &str = "x-postern-session";

/// Request headers that never reach an origin, in lower case. [`should_strip`] knows prefixes and other
/// spellings as well.
///
/// Left alone, because Cloudflare's edge writes them itself: most of `cf-*`, `cdn-loop`, `x-real-ip`,
/// `x-forwarded-proto`, and `x-forwarded-for`, to which it appends, so that its last entry is true.
/// Left alone, because the runtime needs them: `upgrade` and `sec-websocket-*` (RFC 6455), `host`,
/// `content-length`. Left alone, because it decides nothing here: `expect`, `max-forwards`, `via`.
pub const STRIPPED: &[&str] = &[
    // The credential is meant for Postern. An origin that had it could use it elsewhere.
    "authorization",
    // Meant for a proxy, and this is the last one.
    "proxy-authorization",
    // Only Postern sets these. A client that could set them could be anyone.
    SUBJECT,
    CLIENT,
    SCOPE,
    SESSION,
    // RFC 7239: host, protocol and address as the client claims them.
    "forwarded",
    // The de facto forms of the same. Frameworks build URLs, redirects and allow-lists from them.
    "x-forwarded-host",
    "x-forwarded-server",
    "x-forwarded-port",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-forwarded-prefix",
    "x-forwarded-path",
    "x-forwarded-uri",
    "x-forwarded-method",
    "x-forwarded-user",
    // Another path than the one decided about (IIS, Symfony, nginx auth_request).
    "x-original-url",
    "x-original-uri",
    "x-original-path",
    "x-rewrite-url",
    // Another host, with its own virtual server.
    "x-original-host",
    "x-host",
    "x-http-host-override",
    // Another method than the one decided about (Rails, Symfony, ASP.NET, Google APIs).
    "x-original-method",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    // Next.js takes a request with it for one of its own, and skips its middleware.
    "x-middleware-subrequest",
    // Where the request comes from, as other proxies say it. Cloudflare writes `true-client-ip` only where an
    // Enterprise zone asks for it; elsewhere it is the client's word.
    "true-client-ip",
    "client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "fastly-client-ip",
    "proxy-client-ip",
    "wl-proxy-client-ip",
    "x-originating-ip",
    "x-azure-clientip",
    "x-azure-socketip",
    "x-appengine-user-ip",
    // Who is there, as other gates say it, where a family's prefix would take more than that.
    "x-auth-user",
    "x-auth-username",
    "x-auth-userid",
    "x-auth-subject",
    "x-auth-email",
    "x-auth-groups",
    "x-auth-roles",
    "x-userinfo",
    "x-endpoint-api-userinfo",
    "x-apigateway-api-userinfo",
    "x-anonymous-consumer",
    "oidc-access-token",
    "oidc-id-token",
    "teleport-jwt-assertion",
    // IBM's WebSEAL and Broadcom's SiteMinder.
    "iv-user",
    "iv-groups",
    "iv-creds",
    "sm-user",
    "sm-userdn",
    // The client's certificate, as a proxy that has seen one says it (RFC 9440, IIS).
    "client-cert",
    "client-cert-chain",
    "x-arr-clientcert",
    // Becomes HTTP_PROXY in a CGI program ("httpoxy").
    "proxy",
    // Names further headers that the next hop must drop. A client would name Postern's.
    "connection",
    "proxy-connection",
    // About the connection that ends here (RFC 9110 section 7.6.1).
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "http2-settings",
];

/// Prefixes of headers that never reach an origin: Postern's own, and the families in which other proxies and
/// gates say where a request comes from, who is there, and which certificate was shown. An origin that once
/// stood behind one of them would believe a client that writes them itself.
const STRIPPED_PREFIXES: &[&str] = &[
    "x-postern-",
    "x-forwarded-",
    // Envoy: another path, the address, whether the request comes from inside.
    "x-envoy-",
    // oauth2-proxy.
    "x-auth-request-",
    // Authelia and other reverse proxies; CGI's REMOTE_USER and REMOTE_ADDR.
    "remote-",
    "x-remote-",
    // Grafana's auth proxy.
    "x-webauth-",
    // Google's Identity-Aware Proxy.
    "x-goog-authenticated-user-",
    "x-goog-iap-",
    // Load balancers of AWS.
    "x-amzn-oidc-",
    "x-amzn-mtls-",
    // Azure App Service.
    "x-ms-client-principal",
    "x-ms-token-",
    "tailscale-",
    "x-authentik-",
    "x-pomerium-",
    "x-vouch-",
    "ngrok-auth-user-",
    // Kong.
    "x-consumer-",
    "x-credential-",
    "x-authenticated-",
    // Apache's mod_auth_openidc and Shibboleth.
    "oidc-claim-",
    "shib-",
    // Cloudflare writes these only where Access or client certificates are in use in the zone.
    "cf-access-",
    "cf-cert-",
    "cf-client-cert-",
    // nginx, Apache and others.
    "ssl-client-",
    "x-ssl-client-",
    "x-client-cert",
];

/// Of these, the headers that Cloudflare's edge writes itself.
const KEPT: &[&str] = &["x-forwarded-for", "x-forwarded-proto"];

/// Headers that Cloudflare's edge writes itself. Nobody else may send them spelled with `_`.
const SET_BY_CLOUDFLARE: &[&str] = &["cf-", "cdn-loop", "x-real-ip"];

/// Whether the request header `name`, in any case, stops here. CGI, WSGI and the like read `_` as `-`, and
/// some read every sign as `-`. So `X_Postern_Subject` and `X.Postern.Subject` stop as well.
#[must_use]
pub fn should_strip(name: &str) -> bool {
    let name = name.as_bytes();
    let is = |listed: &&str| name.len() == listed.len() && begins_with(name, listed);
    let begins = |prefix: &&str| begins_with(name, prefix);
    STRIPPED.iter().any(is)
        || (STRIPPED_PREFIXES.iter().any(begins)
            && !KEPT
                .iter()
                .any(|kept| name.eq_ignore_ascii_case(kept.as_bytes())))
        || (name.iter().any(|byte| is_odd_hyphen(*byte)) && SET_BY_CLOUDFLARE.iter().any(begins))
}

/// Whether a byte is a sign that some servers take for `-`.
const fn is_odd_hyphen(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && byte != b'-'
}

/// Whether `name` begins with `prefix` (lower case), in any case and with any sign for `-`.
fn begins_with(name: &[u8], prefix: &str) -> bool {
    name.len() >= prefix.len()
        && name.iter().zip(prefix.bytes()).all(|(byte, expected)| {
            byte.to_ascii_lowercase() == expected || (is_odd_hyphen(*byte) && expected == b'-')
        })
}

/// The URL at the origin `base` (`https://host[:port]`) of a request for `url`: path and query exactly as
/// received.
#[must_use]
pub fn origin_url(base: &str, url: &str) -> String {
    let target = path::target(url);
    let mut result = String::with_capacity(base.len() + target.len());
    result.push_str(base);
    result.push_str(target);
    result
}
