//! A login with a provider: the authorization request, and what comes back (RFC 6749 section 4.1, RFC
//! 7636, RFC 9207, OpenID Connect Core section 3.1).
//!
//! What a login must remember is in [`LoginState`].

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::id_token::{self, Expected};
use super::known::KnownProviders;
use super::metadata::{ClientAuth, Metadata};
use super::person::Person;
use super::refusal::LoginRefusal;
use super::state::{Ask, LOGIN_LIFETIME, LoginState};
use super::userinfo;
use crate::config::Provider;
use crate::jose::LEEWAY;
use crate::jose::{Failure, ask, read_body, unavailable};
use crate::ports::{Clock, Http, HttpRequest, JSON, Randomness, Signatures, Unavailable, Waits};
use crate::protocol::web_url::encode;
use crate::protocol::{Form, Issuer, Prompt, credentials};
use crate::secret::Secret;

/// Where a provider sends people back to.
pub const CALLBACK_PATH: &str = "/_postern/callback";

/// The longest code that is sent back to the provider, in bytes.
const LONGEST_CODE: usize = 4_096;
/// A longer `login_hint` is not passed on.
const LONGEST_HINT: usize = 255;

fn refused<T>(refusal: LoginRefusal) -> Result<T, Failure<LoginRefusal>> {
    Err(Failure::Refused(refusal))
}

impl KnownProviders {
    /// Begins a login with `provider`: the URL to send the browser to, and what to remember.
    ///
    /// # Errors
    /// [`Unavailable`] where the provider's metadata can't be had.
    pub async fn begin<P: Http + Clock + Randomness>(
        &self,
        provider: &Provider,
        issuer: &Issuer,
        ask: &Ask<'_>,
        ports: &P,
    ) -> Result<(String, LoginState), Unavailable> {
        let metadata = self.metadata(provider, ports).await?;
        let login = LoginState::new(provider, ask, ports);
        let url = authorization_url(provider, &metadata, issuer, ask, &login);
        Ok((url, login))
    }

    /// The `prompt` that makes `provider` ask for another account than the one that it knows: `select_account`. If the
    /// provider says that it has no such thing, or if that was `tried` and led to the same, it is another login.
    ///
    /// # Errors
    /// [`Unavailable`] where the provider's metadata can't be had.
    pub async fn another_account<P: Http + Clock>(
        &self,
        provider: &Provider,
        tried: Option<Prompt>,
        ports: &P,
    ) -> Result<Prompt, Unavailable> {
        let metadata = self.metadata(provider, ports).await?;
        Ok(match (metadata.selects_accounts, tried) {
            (Some(false), _) | (None, Some(Prompt::SelectAccount)) => Prompt::Login,
            (Some(true) | None, _) => Prompt::SelectAccount,
        })
    }

    /// Ends a login: `parameters` is the query that the browser came back with, `login` what was
    /// remembered in it. A login can be ended only once: the caller forgets it before this call.
    ///
    /// # Errors
    /// [`Failure`]: why nobody is let in, or that it could not be found out.
    pub async fn finish<P: Http + Clock + Waits + Randomness + Signatures>(
        &self,
        providers: &[Provider],
        issuer: &Issuer,
        parameters: &Form,
        login: &LoginState,
        ports: &P,
    ) -> Result<Person, Failure<LoginRefusal>> {
        let state = parameters.get("state").unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(login.state().as_bytes())) {
            return refused(LoginRefusal::State);
        }
        if ports.now().has_reached(login.issued.plus(LOGIN_LIFETIME)) {
            return refused(LoginRefusal::TooLate);
        }
        let provider = providers.iter().find(|known| known.id == login.provider);
        let Some(provider) = provider else {
            return refused(LoginRefusal::UnknownProvider);
        };
        let metadata = self.metadata(provider, ports).await?;
        let code = code(provider, &metadata, parameters)?;
        let form = token_request(provider, &metadata, issuer, code, login);
        let response = ask(provider.id.as_str(), &form, "the token endpoint", ports).await?;
        // Exposed to be read: it has tokens in it, and only the ID token is taken from it.
        let body = response.body.expose();
        let tokens = tokens_of(provider, response.status, body)?;
        // Exposed only to the check of it.
        let text = tokens.id_token.expose();
        let verified = self.verify(provider, &metadata, text, ports).await;
        let mut verified =
            verified.map_err(|failure| failure.map(|r| LoginRefusal::IdToken(r.into())))?;
        let expected = Expected {
            nonce: &login.nonce(),
            max_age: login.max_age(),
            acr_values: login.acr_values.as_ref(),
        };
        let refuse = |refusal| Failure::Refused(LoginRefusal::IdToken(refusal));
        let checked = id_token::check(provider, &verified, &expected, ports.now());
        let checked = checked.map_err(refuse)?;
        if provider.userinfo {
            let token = tokens.access_token.as_ref();
            userinfo::add(provider, &metadata, token, &mut verified, ports).await?;
        }
        id_token::person(provider, &verified, &checked, text).map_err(refuse)
    }
}

fn authorization_url(
    provider: &Provider,
    metadata: &Metadata,
    issuer: &Issuer,
    ask: &Ask<'_>,
    login: &LoginState,
) -> String {
    let challenge = Sha256::digest(login.verifier().as_bytes());
    let challenge = Base64UrlUnpadded::encode_string(&challenge);
    let (redirect_uri, scope) = (issuer.url(CALLBACK_PATH), provider.scope.to_string());
    let (state, nonce) = (login.state(), login.nonce());
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", &redirect_uri),
        ("scope", &scope),
        ("state", &state),
        ("nonce", &nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    if provider.form_post {
        parameters.push(("response_mode", "form_post"));
    }
    if let Some(hint) = ask.login_hint.filter(|hint| hint.len() <= LONGEST_HINT) {
        parameters.push(("login_hint", hint));
    }
    if let Some(prompt) = ask.prompt {
        parameters.push(("prompt", prompt.as_str()));
    }
    // A provider's clock may be behind: what it takes for new enough must be so here as well.
    let max_age = login
        .max_age()
        .map(|age| u64::from(age).saturating_sub(LEEWAY.as_secs()));
    let max_age = max_age.map(|age| age.to_string());
    if let Some(max_age) = &max_age {
        parameters.push(("max_age", max_age));
    }
    if let Some(acr_values) = &login.acr_values {
        parameters.push(("acr_values", acr_values.as_str()));
    }
    metadata.authorization_endpoint.with(&parameters)
}

/// The code that a provider sent, or what it says instead of one.
fn code<'a>(
    provider: &Provider,
    metadata: &Metadata,
    parameters: &'a Form,
) -> Result<&'a str, Failure<LoginRefusal>> {
    // Errors have `iss` too (RFC 9207 section 2), so it is checked first.
    match parameters.get("iss") {
        Some(iss) if is_issuer(provider, iss) => {}
        None if !metadata.sends_iss => {}
        Some(_) => return refused(LoginRefusal::Issuer("names another provider")),
        None => {
            return refused(LoginRefusal::Issuer(
                "is missing, though its metadata promises it",
            ));
        }
    }
    let description = parameters.get("error_description");
    match parameters.get("error") {
        None => {}
        // The second is Apple's word for it.
        Some("access_denied" | "user_cancelled_authorize") => return refused(LoginRefusal::Denied),
        Some("temporarily_unavailable") if description == Some("authentication_expired") => {
            return refused(LoginRefusal::Forgotten);
        }
        Some(code @ ("server_error" | "temporarily_unavailable")) => {
            let cause = format!("it answered the authorization request with {}", known(code));
            return Err(unavailable(provider.id.as_str(), &cause).into());
        }
        Some(
            "login_required"
            | "interaction_required"
            | "consent_required"
            | "account_selection_required",
        ) => return refused(LoginRefusal::InteractionNeeded),
        Some("unmet_authentication_requirements") => return refused(LoginRefusal::Unmet),
        Some(code) => return refused(LoginRefusal::Request(known(code))),
    }
    let code = parameters.get("code").filter(|c| c.len() <= LONGEST_CODE);
    code.ok_or(Failure::Refused(LoginRefusal::NoCode))
}

/// Whether the parameter `iss` names this provider. Of several tenants, which one it was is in the ID token.
fn is_issuer(provider: &Provider, iss: &str) -> bool {
    let of_tenant = |origin: &str| {
        let path = iss
            .strip_prefix(origin)
            .and_then(|path| path.strip_suffix("/v2.0"));
        path.is_some_and(|path| path.starts_with('/') && path.rfind('/') == Some(0))
    };
    iss == provider.issuer.as_str() || provider.tenants_at().is_some_and(of_tenant)
}

/// An error code as the log may have it: one of those that the specifications name (RFC 6749 sections 4.1.2.1 and 5.2,
/// OpenID Connect Core section 3.1.2.6, RFC 8707 section 2).
fn known(code: &str) -> &'static str {
    const CODES: [&str; 16] = [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_response_type",
        "unsupported_grant_type",
        "invalid_scope",
        "invalid_target",
        "server_error",
        "temporarily_unavailable",
        "invalid_request_uri",
        "invalid_request_object",
        "request_not_supported",
        "request_uri_not_supported",
        "registration_not_supported",
        "slow_down",
    ];
    let found = CODES.into_iter().find(|known| *known == code);
    found.unwrap_or("an error code that no specification names")
}

fn token_request(
    provider: &Provider,
    metadata: &Metadata,
    issuer: &Issuer,
    code: &str,
    login: &LoginState,
) -> HttpRequest {
    let (redirect_uri, verifier) = (issuer.url(CALLBACK_PATH), login.verifier());
    let mut parameters = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &redirect_uri),
        ("code_verifier", &verifier),
    ];
    let secret = provider.client_secret.as_ref();
    let authorization = match (secret, metadata.client_auth) {
        (Some(secret), ClientAuth::Basic) => {
            Some(credentials::basic_of(&provider.client_id, secret))
        }
        (Some(secret), ClientAuth::Post) => {
            parameters.push(("client_id", &provider.client_id));
            // Exposed to the provider that it is from, over TLS.
            parameters.push(("client_secret", secret.expose()));
            None
        }
        (None, _) => {
            parameters.push(("client_id", &provider.client_id));
            None
        }
    };
    HttpRequest {
        url: metadata.token_endpoint.as_str().to_owned(),
        form: Some(Secret::new(encode(&parameters))),
        authorization,
        accept: JSON,
    }
}

/// What is used of a token response.
struct Tokens {
    id_token: Secret<String>,
    /// The access token, if it is of the type `Bearer`.
    access_token: Option<Secret<String>>,
}

/// The tokens of a token response (OpenID Connect Core section 3.1.3.3).
fn tokens_of(
    provider: &Provider,
    status: u16,
    body: &[u8],
) -> Result<Tokens, Failure<LoginRefusal>> {
    let document = read_body(body);
    let text = |name: &str| {
        document
            .as_ref()?
            .get(name)?
            .as_str()
            .filter(|t| !t.is_empty())
    };
    let secret = |text: &str| Secret::new(text.to_owned());
    let unavailable = |cause: &str| Err(unavailable(provider.id.as_str(), cause).into());
    let code = text("error").map_or("without an error code", known);
    match status {
        200 => {
            let is_bearer =
                text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("Bearer"));
            match text("id_token") {
                Some(token) => Ok(Tokens {
                    id_token: secret(token),
                    access_token: text("access_token").filter(|_| is_bearer).map(secret),
                }),
                None if document.is_none() => unavailable("the token response is not JSON"),
                None => unavailable("id_token is missing in the token response"),
            }
        }
        // "Too many requests" and "took too long" say nothing about the code.
        408 | 425 | 429 => unavailable(&format!("the token endpoint: status {status}")),
        401 | 403 => refused(LoginRefusal::Client(code)),
        400..=499 => match text("error") {
            Some("invalid_client" | "unauthorized_client") => refused(LoginRefusal::Client(code)),
            _ => refused(LoginRefusal::Code(code)),
        },
        _ => unavailable(&format!("the token endpoint: status {status}")),
    }
}
