//! The parameters of an authorization request.

use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::fault::Fault;
use super::page_problem::PageProblem;
use crate::config::{Client, Config, Grant};
use crate::oauth::requested::{self, RequestedError};
use crate::protocol::redirect_uri::is_open_to_any_program;
use crate::protocol::web_url::encode_one;
use crate::protocol::{AcrValues, CodeChallenge, Form, Prompt, ResourceUri, Scope};
use crate::session::SessionRecord;
use crate::time::Time;

/// What a form may have as it is, and the query of a URL may not.
const NOT_IN_A_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'#');

/// The client that asks, and where it is answered. Both are registered.
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

    /// Whether any program on the person's machine could be this client: it has no secret, and what is sent back proves
    /// nothing. Then no earlier answer counts, and the person is asked each time (RFC 8252 section 8.6).
    pub(super) fn could_be_any_program(&self) -> bool {
        self.client.is_public && is_open_to_any_program(self.redirect_uri)
    }

    /// Where people go next, as the page shows it: the host, or the scheme of an application.
    pub(super) fn shown_host(&self) -> &'a str {
        let (scheme, rest) = self.redirect_uri.split_once(':').unwrap_or_default();
        match rest.strip_prefix("//") {
            Some(authority) => authority.split(['/', '?']).next().unwrap_or(authority),
            None => scheme,
        }
    }
}

/// What `prompt` asks for, which may have several values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prompts {
    pub(super) none: bool,
    pub(super) login: bool,
    pub(super) consent: bool,
}

impl Prompts {
    fn read(text: &str) -> Result<Self, Fault> {
        let mut prompts = Self::default();
        for value in text.split(' ').filter(|value| !value.is_empty()) {
            match value.parse().map_err(|_| Fault::Prompt)? {
                Prompt::None => prompts.none = true,
                // Choosing another account is done on the page that logs people in.
                Prompt::Login | Prompt::SelectAccount => prompts.login = true,
                Prompt::Consent => prompts.consent = true,
            }
        }
        if prompts.none && (prompts.login || prompts.consent) {
            return Err(Fault::Prompt);
        }
        Ok(prompts)
    }
}

/// What the client asks for.
pub(super) struct RequestedParameters<'a> {
    pub(super) scope: Scope,
    pub(super) audiences: Vec<ResourceUri>,
    pub(super) challenge: CodeChallenge,
    pub(super) prompts: Prompts,
    pub(super) login_hint: Option<&'a str>,
    pub(super) max_age: Option<Duration>,
    pub(super) acr_values: Option<AcrValues>,
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
            prompts: form
                .get("prompt")
                .map_or(Ok(Prompts::default()), Prompts::read)?,
            login_hint: form.get("login_hint"),
            max_age: max_age.map(Duration::from_secs),
            acr_values: match form.get("acr_values") {
                None => None,
                Some(text) => Some(text.parse().map_err(|_| Fault::AcrValues)?),
            },
        })
    }

    /// Whether this login is too old or too weak for the request (RFC 9470 section 4).
    pub(super) fn needs_another(&self, login: &SessionRecord, now: Time) -> bool {
        let age = login.auth_time.map(|auth_time| now.since(auth_time));
        let wanted = self.acr_values.as_ref();
        self.prompts.login
            || wanted.is_some_and(|wanted| !wanted.take(login.acr.as_deref()))
            || self
                .max_age
                .is_some_and(|max_age| age.is_none_or(|age| age > max_age || max_age.is_zero()))
    }

    /// The request as it comes back from the login, without the parameters that asked for the login. Characters that
    /// no URL has, which a form may have, are written as a URL has them.
    pub(super) fn query_after_login(&self, query: &str) -> String {
        let mut rest = String::with_capacity(query.len());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let is = |known: &str| percent_decode_str(name).eq(known.bytes());
            if is("max_age")
                || is("acr_values")
                || is("login_hint")
                || (is("prompt") && !self.prompts.consent)
            {
                continue;
            }
            if !rest.is_empty() {
                rest.push('&');
            }
            rest.extend(utf8_percent_encode(name, NOT_IN_A_QUERY));
            rest.push('=');
            let value = if is("prompt") { "consent" } else { value };
            rest.extend(utf8_percent_encode(value, NOT_IN_A_QUERY));
        }
        rest
    }
}
