//! The challenges of a route (RFC 6750 section 3), written once and sent often.
//!
//! ```text
//! challenge = "Bearer" 1*SP auth-param *( "," SP auth-param )
//! auth-param = ( "realm" / "resource_metadata" / "error" / "scope" / "acr_values" / "max_age" )
//!              "=" DQUOTE *permitted DQUOTE
//! permitted  = %x20-21 / %x23-5B / %x5D-7E
//! ```
//! Not its job: `error_description`; the body of the answer says what to do.

use crate::browser::CookieName;
use crate::config::Rules;
use crate::protocol::resource::{is_at_host, metadata_url};
use crate::protocol::{ErrorCode, Issuer, ResourceUri, Scope};

/// The challenges of a route, where its resource has a URL and anywhere else. A client must not use metadata that names
/// another resource than the one that it asked (RFC 9728 section 3.3), so it is told of them only there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteChallenges {
    /// The web origin of the resource, if it has one.
    origin: Option<String>,
    at_resource: Challenges,
    elsewhere: Challenges,
}

impl RouteChallenges {
    /// The challenges of a route with this audience, this scope and these rules.
    #[must_use]
    pub fn new(
        issuer: &Issuer,
        audience: Option<&ResourceUri>,
        scope: &Scope,
        rules: Option<&Rules>,
    ) -> Self {
        let elsewhere = Challenges::new(issuer, ("realm", issuer.as_str()), scope, rules);
        match metadata_url(issuer, audience) {
            Some((origin, url)) => Self {
                origin: Some(origin.to_owned()),
                at_resource: Challenges::new(issuer, ("resource_metadata", &url), scope, rules),
                elsewhere,
            },
            None => Self {
                origin: None,
                at_resource: elsewhere.clone(),
                elsewhere,
            },
        }
    }

    /// Those for a request for a URL with this scheme, host and port.
    #[must_use]
    pub fn at(&self, origin: &str) -> &Challenges {
        match &self.origin {
            Some(own) if is_at_host(own, origin) => &self.at_resource,
            _ => &self.elsewhere,
        }
    }
}

/// The values of `WWW-Authenticate` that a route may need. Each says where to get a token: by the metadata of the resource
/// (RFC 9728 section 5.1), or by the issuer as the realm. They live as long as the process, which makes its routes once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenges {
    /// Without an error code: nothing was presented (RFC 6750 section 3.1).
    pub bare: &'static str,
    /// With `invalid_request`.
    pub invalid_request: &'static str,
    /// With `invalid_token`.
    pub invalid_token: &'static str,
    /// With `insufficient_scope`, and the scope that is needed.
    pub insufficient_scope: &'static str,
    /// With `insufficient_user_authentication`, and the login that is needed (RFC 9470 section 3).
    pub step_up: &'static str,
    /// Where only a login opens the route. The scheme is the one of draft-broyer-http-cookie-auth: a 401 must
    /// have a challenge (RFC 9110 section 15.5.2), and no registered scheme says this.
    pub login: &'static str,
}

impl Challenges {
    fn new(
        issuer: &Issuer,
        (name, value): (&str, &str),
        scope: &Scope,
        rules: Option<&Rules>,
    ) -> Self {
        let mut resource = String::new();
        push_parameter(&mut resource, name, value);
        let kept = |challenge: String| -> &'static str { challenge.leak() };
        let with_error = |code: ErrorCode| {
            let mut challenge = "Bearer ".to_owned();
            push_parameter(&mut challenge, "error", code.as_str());
            challenge.push_str(", ");
            challenge.push_str(&resource);
            challenge
        };
        let mut insufficient_scope = with_error(ErrorCode::InsufficientScope);
        insufficient_scope.push_str(", ");
        push_parameter(&mut insufficient_scope, "scope", &scope.to_string());
        let mut step_up = with_error(ErrorCode::InsufficientUserAuthentication);
        if let Some(rules) = rules {
            if !rules.acr.is_empty() {
                step_up.push_str(", ");
                push_parameter(&mut step_up, "acr_values", &rules.acr.join(" "));
            }
            if let Some(max_age) = rules.max_auth_age {
                step_up.push_str(", ");
                push_parameter(&mut step_up, "max_age", &max_age.to_string());
            }
        }
        let mut login = "Cookie ".to_owned();
        push_parameter(&mut login, "realm", issuer.as_str());
        login.push_str(", form-action=\"/_postern/login\", cookie-name=");
        login.push_str(CookieName::SESSION.as_str());
        Self {
            login: kept(login),
            invalid_request: kept(with_error(ErrorCode::InvalidRequest)),
            invalid_token: kept(with_error(ErrorCode::InvalidToken)),
            insufficient_scope: kept(insufficient_scope),
            step_up: kept(step_up),
            bare: kept(format!("Bearer {resource}")),
        }
    }
}

/// Writes `name="value"`. The types of the values have only characters that the grammar permits. Any other
/// character would be left out, so that it cannot end the quotes.
fn push_parameter(challenge: &mut String, name: &str, value: &str) {
    challenge.push_str(name);
    challenge.push_str("=\"");
    challenge.extend(
        value
            .chars()
            .filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\')),
    );
    challenge.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://auth.example.com";

    fn challenges(audience: Option<&str>, scope: &str) -> RouteChallenges {
        let audience = audience.map(|text| text.parse().unwrap());
        let scope = scope.parse().unwrap();
        RouteChallenges::new(&ISSUER.parse().unwrap(), audience.as_ref(), &scope, None)
    }

    #[test]
    fn challenges_format_unchanged() {
        let all = challenges(
            Some("https://api.example.com/v1"),
            "orders:read orders:list",
        );
        let all = all.at("https://api.example.com");
        let metadata =
            "resource_metadata=\"https://api.example.com/.well-known/oauth-protected-resource/v1\"";
        assert_eq!(all.bare, format!("Bearer {metadata}"));
        assert_eq!(
            all.invalid_request,
            format!("Bearer error=\"invalid_request\", {metadata}")
        );
        assert_eq!(
            all.invalid_token,
            format!("Bearer error=\"invalid_token\", {metadata}")
        );
        assert_eq!(
            all.insufficient_scope,
            format!(
                "Bearer error=\"insufficient_scope\", {metadata}, scope=\"orders:read orders:list\""
            )
        );
    }

    #[test]
    fn login_challenge_format_unchanged() {
        assert_eq!(
            challenges(None, "a").at(ISSUER).login,
            "Cookie realm=\"https://auth.example.com\", form-action=\"/_postern/login\", \
             cookie-name=__Host-postern-session"
        );
    }

    #[test]
    fn without_an_audience_the_issuer_has_the_metadata() {
        assert_eq!(
            challenges(None, "a").at(ISSUER).bare,
            "Bearer resource_metadata=\"https://auth.example.com/.well-known/oauth-protected-resource\""
        );
    }

    /// RFC 9728 section 3.3. A challenge must have a parameter (RFC 6750 section 3).
    #[test]
    fn where_the_resource_has_no_url_there_is_no_metadata() {
        let api = Some("https://api.example.com/v1");
        for (audience, origin) in [
            (Some("urn:x"), ISSUER),
            (
                Some("https://api.example.com/?x"),
                "https://api.example.com",
            ),
            (api, ISSUER),
            (api, "https://api.example.com:8443"),
            (api, "https://api.example.com.evil.example"),
            (api, ""),
            (None, "https://postern.example.workers.dev"),
        ] {
            let all = challenges(audience, "a");
            let all = all.at(origin);
            let realm = "realm=\"https://auth.example.com\"";
            assert_eq!(all.bare, format!("Bearer {realm}"), "{audience:?} {origin}");
            assert_eq!(
                all.insufficient_scope,
                format!("Bearer error=\"insufficient_scope\", {realm}, scope=\"a\"")
            );
        }
        for same in ["https://API.example.com", "http://api.example.com"] {
            let all = challenges(api, "a");
            let bare = all.at(same).bare;
            assert!(bare.contains("resource_metadata"), "{bare}");
        }
    }

    #[test]
    fn nothing_gets_out_of_its_quotes() {
        let mut challenge = String::new();
        push_parameter(&mut challenge, "a", "b\", c=\"d\\\r\n\u{7f}é~ !");
        assert_eq!(challenge, "a=\"b, c=d~ !\"");
    }
}
