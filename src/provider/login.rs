//! A login with a provider: the authorization request, and what comes back (RFC 6749 section 4.1, RFC
//! 7636, RFC 9207, OpenID Connect Core section 3.1).
//!
//! What a login must remember is in [`LoginState`].

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::fetch::{read_body, unavailable};
use super::id_token::{self, Expected};
use super::known::KnownProviders;
use super::metadata::{ClientAuth, Metadata};
use super::person::Person;
use super::refusal::{Failure, LoginRefusal};
use super::state::{Ask, LOGIN_LIFETIME, LoginState};
use crate::config::Provider;
use crate::ports::{Clock, Http, HttpRequest, Randomness, Signatures, Unavailable};
use crate::protocol::web_url::{encode, encode_one};
use crate::protocol::{Form, Issuer};
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

    /// Ends a login: `parameters` is the query that the browser came back with, `login` what was
    /// remembered in it. A login can be ended only once: the caller forgets it before this call.
    ///
    /// # Errors
    /// [`Failure`]: why nobody is let in, or that it could not be found out.
    pub async fn finish<P: Http + Clock + Signatures>(
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
        let response = ports.send(&form).await?;
        // Exposed to be read: it has tokens in it, and only the ID token is taken from it.
        let body = response.body.expose();
        let token = id_token_of(provider, response.status, body)?;
        // Exposed only to the check of it.
        let text = token.expose();
        let verified = self.verify(provider, &metadata, text, ports).await;
        let verified =
            verified.map_err(|failure| failure.map(|r| LoginRefusal::IdToken(r.into())))?;
        let expected = Expected {
            nonce: &login.nonce(),
            max_age: login.max_age(),
        };
        id_token::person(provider, &verified, text, &expected, ports.now())
            .map_err(|refusal| Failure::Refused(LoginRefusal::IdToken(refusal)))
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
    if let Some(hint) = ask.login_hint.filter(|hint| hint.len() <= LONGEST_HINT) {
        parameters.push(("login_hint", hint));
    }
    if let Some(prompt) = ask.prompt {
        parameters.push(("prompt", prompt.as_str()));
    }
    let max_age = login.max_age().map(|age| age.to_string());
    if let Some(max_age) = &max_age {
        parameters.push(("max_age", max_age));
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
    let is_from_there = match parameters.get("iss") {
        Some(iss) => iss == provider.issuer.as_str(),
        None => !metadata.sends_iss,
    };
    if !is_from_there {
        return refused(LoginRefusal::Issuer);
    }
    match parameters.get("error") {
        None => {}
        Some("access_denied") => return refused(LoginRefusal::Denied),
        Some("server_error" | "temporarily_unavailable") => {
            return Err(
                unavailable(provider, "it answered the authorization with an error").into(),
            );
        }
        Some(
            "login_required"
            | "interaction_required"
            | "consent_required"
            | "account_selection_required",
        ) => return refused(LoginRefusal::InteractionNeeded),
        Some(_) => return refused(LoginRefusal::Request),
    }
    let code = parameters.get("code").filter(|c| c.len() <= LONGEST_CODE);
    code.ok_or(Failure::Refused(LoginRefusal::NoCode))
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
    // Exposed to the provider that it is from, over TLS.
    let secret = provider.client_secret.as_ref().map(Secret::expose);
    let authorization = match (secret, metadata.client_auth) {
        (Some(secret), ClientAuth::Basic) => {
            // Both parts are form-encoded first (RFC 6749 section 2.3.1).
            let (id, secret) = (encode_one(&provider.client_id), encode_one(secret));
            let pair = Zeroizing::new(format!("{id}:{}", *Zeroizing::new(secret)));
            let encoded = Zeroizing::new(Base64::encode_string(pair.as_bytes()));
            Some(Secret::new(format!("Basic {}", *encoded)))
        }
        (Some(secret), ClientAuth::Post) => {
            parameters.push(("client_id", &provider.client_id));
            parameters.push(("client_secret", secret));
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
    }
}

/// The ID token of a token response (OpenID Connect Core section 3.1.3.3).
fn id_token_of(
    provider: &Provider,
    status: u16,
    body: &[u8],
) -> Result<Secret<String>, Failure<LoginRefusal>> {
    let document = read_body(body);
    let text = |name: &str| document.as_ref()?.get(name)?.as_str();
    match status {
        200 => match text("id_token") {
            Some(token) => Ok(Secret::new(token.to_owned())),
            None => Err(unavailable(provider, "it gave no ID token for a code").into()),
        },
        // "Too many requests" and "took too long" say nothing about the code.
        408 | 425 | 429 => Err(unavailable(provider, "it is too busy for a code").into()),
        401 | 403 => refused(LoginRefusal::Client),
        400..=499 => match text("error") {
            Some("invalid_client" | "unauthorized_client") => refused(LoginRefusal::Client),
            _ => refused(LoginRefusal::Code),
        },
        _ => {
            let cause = format!("it answered a code with status {status}");
            Err(unavailable(provider, &cause).into())
        }
    }
}
