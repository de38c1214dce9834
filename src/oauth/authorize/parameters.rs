//! The parameters of an authorization request.

use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::fault::Fault;
use super::page_problem::PageProblem;
use crate::config::{Client, Config, Grant};
use crate::oauth::requested::{self, RequestedError};
use crate::protocol::web_url::encode_one;
use crate::protocol::{CodeChallenge, Form, ResourceUri, Scope};
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

/// What the client asks for.
pub(super) struct RequestedParameters<'a> {
    pub(super) scope: Scope,
    pub(super) audiences: Vec<ResourceUri>,
    pub(super) challenge: CodeChallenge,
    pub(super) prompt: Prompt,
    pub(super) login_hint: Option<&'a str>,
    pub(super) max_age: Option<Duration>,
}

impl<'a> RequestedParameters<'a> {
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
        let scope = requested::scope(form, &client.scope).map_err(|error| match error {
            RequestedError::Malformed => Fault::ScopeMalformed,
            RequestedError::NotAllowed => Fault::ScopeNotAllowed,
        })?;
        let audiences =
            requested::resources(form, &client.audiences).map_err(|_| Fault::Resource)?;
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
