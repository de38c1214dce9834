//! The parameters of an authorization request.

use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::PageProblem;
use crate::config::{Client, Config, Grant};
use crate::protocol::web_url::encode_one;
use crate::protocol::{CodeChallenge, ErrorCode, Form, ResourceUri, Scope};
use crate::session::SessionRecord;
use crate::time::Time;

/// Who asks, and where they are answered: both are registered.
pub(super) struct Destination<'a> {
    pub(super) client: &'a Client,
    pub(super) redirect_uri: &'a str,
    state: Option<&'a str>,
}

impl<'a> Destination<'a> {
    pub(super) fn read(form: &'a Form, config: &'a Config) -> Result<Self, PageProblem> {
        let client = form
            .get("client_id")
            .and_then(|id| config.client(id))
            .filter(|client| client.grants.contains(&Grant::AuthorizationCode))
            .ok_or(PageProblem::UnknownClient)?;
        let redirect_uri = form.get("redirect_uri").ok_or(PageProblem::NoRedirectUri)?;
        if !client
            .redirect_uris
            .iter()
            .any(|uri| uri.admits(redirect_uri))
        {
            return Err(PageProblem::UnknownRedirectUri);
        }
        Ok(Self {
            client,
            redirect_uri,
            state: form.get("state"),
        })
    }

    /// The redirect URI with these parameters, `state`, and `iss` (RFC 9207 section 2).
    pub(super) fn location(&self, parameters: &[(&str, &str)], config: &Config) -> String {
        let mut location = self.redirect_uri.to_owned();
        let mut separator = if location.contains('?') { '&' } else { '?' };
        let state = self.state.map(|state| ("state", state));
        let issuer = ("iss", config.issuer.as_str());
        for (name, value) in parameters.iter().copied().chain(state).chain([issuer]) {
            location.push(separator);
            location.push_str(name);
            location.push('=');
            location.push_str(&encode_one(value));
            separator = '&';
        }
        location
    }

    /// What people are told about where they go: the host, or the scheme of an application.
    pub(super) fn shown_host(&self) -> &'a str {
        let (scheme, rest) = self.redirect_uri.split_once(':').unwrap_or_default();
        match rest.strip_prefix("//") {
            Some(authority) => authority.split(['/', '?']).next().unwrap_or(authority),
            None => scheme,
        }
    }
}

/// The values of `prompt` (OpenID Connect Core section 3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prompt(u8);

impl Prompt {
    pub(super) const NONE: Self = Self(1);
    pub(super) const LOGIN: Self = Self(2);
    pub(super) const CONSENT: Self = Self(4);

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn read(text: &str) -> Result<Self, Fault> {
        let mut prompt = Self::default();
        for value in text.split(' ') {
            prompt.0 |= match value {
                "none" => Self::NONE.0,
                // Choosing another account is done on the page that logs people in.
                "login" | "select_account" => Self::LOGIN.0,
                "consent" => Self::CONSENT.0,
                _ => return Err(Fault::Prompt),
            };
        }
        if prompt.has(Self::NONE) && prompt != Self::NONE {
            return Err(Fault::Prompt);
        }
        Ok(prompt)
    }
}

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) scope: Scope,
    pub(super) audiences: Vec<ResourceUri>,
    pub(super) challenge: CodeChallenge,
    pub(super) prompt: Prompt,
    pub(super) login_hint: Option<&'a str>,
    max_age: Option<Duration>,
}

impl<'a> Asked<'a> {
    pub(super) fn read(form: &'a Form, client: &Client) -> Result<Self, Fault> {
        for (parameter, fault) in [
            ("request", Fault::RequestObject),
            ("request_uri", Fault::RequestUri),
        ] {
            if form.get(parameter).is_some() {
                return Err(fault);
            }
        }
        match form.get("response_type") {
            Some("code") => {}
            Some(_) => return Err(Fault::ResponseType),
            None => return Err(Fault::NoResponseType),
        }
        if form
            .get("response_mode")
            .is_some_and(|mode| mode != "query")
        {
            return Err(Fault::ResponseMode);
        }
        let challenge = form.get("code_challenge").ok_or(Fault::NoChallenge)?;
        if form.get("code_challenge_method") != Some("S256") {
            return Err(Fault::ChallengeMethod);
        }
        let scope = match form.get("scope") {
            None => client.scope.clone(),
            Some(text) => {
                let scope: Scope = text.parse().map_err(|_| Fault::ScopeMalformed)?;
                if !client.scope.covers(&scope) {
                    return Err(Fault::ScopeNotAllowed);
                }
                scope
            }
        };
        let mut audiences = Vec::new();
        for text in form.get_all("resource") {
            let resource: ResourceUri = text.parse().map_err(|_| Fault::Resource)?;
            if !client.audiences.contains(&resource) {
                return Err(Fault::Resource);
            }
            if !audiences.contains(&resource) {
                audiences.push(resource);
            }
        }
        if audiences.is_empty() {
            audiences.clone_from(&client.audiences);
        }
        let max_age = match form.get("max_age") {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| Fault::MaxAge)?),
        };
        Ok(Self {
            scope,
            audiences,
            challenge: challenge.parse().map_err(|_| Fault::Challenge)?,
            prompt: form
                .get("prompt")
                .map_or(Ok(Prompt::default()), Prompt::read)?,
            login_hint: form.get("login_hint"),
            max_age: max_age.map(Duration::from_secs),
        })
    }

    /// Whether the person has to prove who they are, whatever login there is.
    pub(super) fn wants_new_login(&self) -> bool {
        self.prompt.has(Prompt::LOGIN) || self.max_age.is_some()
    }

    /// Whether this login is not new enough.
    pub(super) fn is_login_too_old(&self, login: &SessionRecord, now: Time) -> bool {
        let age = login.auth_time.map(|auth_time| now.since(auth_time));
        self.prompt.has(Prompt::LOGIN)
            || self
                .max_age
                .is_some_and(|max_age| age.is_none_or(|age| age > max_age || max_age.is_zero()))
    }

    /// The request as it comes back from the login: what asked for one is done.
    pub(super) fn query_after_login(&self, query: &str) -> String {
        let mut rest = String::with_capacity(query.len());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let is = |known: &str| percent_decode_str(name).eq(known.bytes());
            if is("max_age")
                || is("login_hint")
                || (is("prompt") && !self.prompt.has(Prompt::CONSENT))
            {
                continue;
            }
            if !rest.is_empty() {
                rest.push('&');
            }
            rest.push_str(name);
            rest.push('=');
            rest.push_str(if is("prompt") { "consent" } else { value });
        }
        rest
    }
}

/// What the client is told (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    RequestObject,
    RequestUri,
    NoResponseType,
    ResponseType,
    ResponseMode,
    NoChallenge,
    ChallengeMethod,
    Challenge,
    ScopeMalformed,
    ScopeNotAllowed,
    Resource,
    MaxAge,
    Prompt,
    TooLong,
    LoginRequired,
    ConsentRequired,
    Denied,
    Unavailable,
}

impl Fault {
    pub(super) const fn code(self) -> ErrorCode {
        match self {
            Self::RequestObject => ErrorCode::RequestNotSupported,
            Self::RequestUri => ErrorCode::RequestUriNotSupported,
            Self::ResponseType => ErrorCode::UnsupportedResponseType,
            Self::NoResponseType
            | Self::ResponseMode
            | Self::NoChallenge
            | Self::ChallengeMethod
            | Self::Challenge
            | Self::MaxAge
            | Self::Prompt
            | Self::TooLong => ErrorCode::InvalidRequest,
            Self::ScopeMalformed | Self::ScopeNotAllowed => ErrorCode::InvalidScope,
            Self::Resource => ErrorCode::InvalidTarget,
            Self::LoginRequired => ErrorCode::LoginRequired,
            Self::ConsentRequired => ErrorCode::ConsentRequired,
            Self::Denied => ErrorCode::AccessDenied,
            Self::Unavailable => ErrorCode::TemporarilyUnavailable,
        }
    }

    pub(super) const fn description(self) -> &'static str {
        match self {
            Self::RequestObject => "request objects are not supported: send plain parameters",
            Self::RequestUri => "request_uri is not supported: send plain parameters",
            Self::NoResponseType => "response_type is missing: it must be code",
            Self::ResponseType => "the only response_type here is code",
            Self::ResponseMode => "the only response_mode here is query",
            Self::NoChallenge => "code_challenge is missing: every client must use PKCE (RFC 7636)",
            Self::ChallengeMethod => "code_challenge_method must be S256",
            Self::Challenge => "code_challenge is not 43 characters of base64url",
            Self::ScopeMalformed => {
                "scope is not a list of scope tokens separated by single spaces"
            }
            Self::ScopeNotAllowed => "the requested scope exceeds what this client may have",
            Self::Resource => {
                "a resource is not an absolute URI without a fragment that this client may get \
                 tokens for"
            }
            Self::MaxAge => "max_age is not a whole number of seconds",
            Self::Prompt => "prompt must be none alone, or login and consent",
            Self::TooLong => "the request is too long to come back to after a login",
            Self::LoginRequired => "the person is not logged in",
            Self::ConsentRequired => "the person has not agreed to this yet",
            Self::Denied => "the person did not agree",
            Self::Unavailable => {
                "a store that this answer depends on did not answer; nothing was decided; try again"
            }
        }
    }
}
