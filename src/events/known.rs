//! What an isolate knows of the transmitters: where their keys are, and the keys.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;

use super::refusal::SetRefusal;
use super::request;
use super::token::SecurityEvents;
use crate::config::Transmitter;
use crate::jose::{Cached, Failure, JwtRefusal, Keys, UnverifiedJwt, Verified, get, unavailable};
use crate::ports::{Clock, Http, Randomness, Signatures, Unavailable, Waits};
use crate::protocol::{ClientId, WebUrl};

/// What an isolate knows of the transmitters.
#[derive(Debug, Default)]
pub struct KnownTransmitters(RefCell<Vec<Rc<Known>>>);

/// What is known of one.
#[derive(Debug)]
struct Known {
    id: ClientId,
    jwks_uri: RefCell<Option<Cached<WebUrl>>>,
    keys: Keys,
}

impl KnownTransmitters {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a security event token that was sent for `transmitter`.
    ///
    /// # Errors
    /// [`Failure`]: why it is not taken, or that it could not be found out.
    pub async fn events<P: Http + Clock + Waits + Randomness + Signatures>(
        &self,
        transmitter: &Transmitter,
        token: &str,
        ports: &P,
    ) -> Result<SecurityEvents, Failure<SetRefusal>> {
        let jwt = UnverifiedJwt::parse(token);
        let jwt = jwt.map_err(|refusal| Failure::Refused(SetRefusal::Jwt(refusal)))?;
        let verified = self.verify(transmitter, jwt, ports).await;
        let verified = verified.map_err(|failure| failure.map(SetRefusal::Jwt))?;
        SecurityEvents::read(transmitter, &verified, ports.now()).map_err(Failure::Refused)
    }

    /// Which of `transmitters` makes a request to `audience`, the URL of the endpoint: `token` shows it.
    ///
    /// # Errors
    /// [`Failure`]: why it is none, or that it could not be found out.
    pub async fn authenticate<'t, P: Http + Clock + Waits + Randomness + Signatures>(
        &self,
        transmitters: &'t [Transmitter],
        token: &str,
        audience: &str,
        ports: &P,
    ) -> Result<&'t Transmitter, Failure<JwtRefusal>> {
        let jwt = UnverifiedJwt::parse(token).map_err(Failure::Refused)?;
        let issuer = jwt.claimed_issuer();
        let named = |one: &&Transmitter| Some(one.issuer.as_str()) == issuer;
        let transmitter = transmitters.iter().find(named);
        let transmitter = transmitter.ok_or(Failure::Refused(JwtRefusal::Issuer))?;
        let verified = self.verify(transmitter, jwt, ports).await?;
        request::check(transmitter, &verified, audience, ports.now())
            .map_err(Failure::Refused)
            .map(|()| transmitter)
    }

    /// Checks the signature, and nothing else.
    async fn verify<P: Http + Clock + Waits + Randomness + Signatures>(
        &self,
        transmitter: &Transmitter,
        jwt: UnverifiedJwt,
        ports: &P,
    ) -> Result<Verified, Failure<JwtRefusal>> {
        let known = self.of(transmitter);
        let url = known.jwks_uri(transmitter, ports).await?;
        let who = transmitter.id.as_str();
        known.keys.verify(who, url.as_str(), jwt, ports).await
    }

    fn of(&self, transmitter: &Transmitter) -> Rc<Known> {
        let mut all = self.0.borrow_mut();
        if let Some(known) = all.iter().find(|known| known.id == transmitter.id) {
            return Rc::clone(known);
        }
        let known = Rc::new(Known {
            id: transmitter.id.clone(),
            jwks_uri: RefCell::default(),
            keys: Keys::default(),
        });
        all.push(Rc::clone(&known));
        known
    }
}

impl Known {
    /// Where the keys are: configured, kept, or asked for.
    async fn jwks_uri<P: Http + Clock>(
        &self,
        transmitter: &Transmitter,
        ports: &P,
    ) -> Result<Rc<WebUrl>, Unavailable> {
        if let Some(url) = &transmitter.jwks_uri {
            return Ok(Rc::new(url.clone()));
        }
        let kept = self.jwks_uri.borrow().clone();
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(ports.now())) {
            return Ok(kept.value());
        }
        let asked = ask(transmitter, ports).await;
        let found = asked.or_else(|error| {
            let kept = kept.and_then(|kept| kept.respite(ports.now()));
            kept.ok_or(error)
        })?;
        let url = found.value();
        self.jwks_uri.replace(Some(found));
        Ok(url)
    }
}

/// Asks for the transmitter's configuration metadata (Shared Signals Framework section 7.2). Some have it behind their
/// path, as OpenID Connect Discovery would.
async fn ask<P: Http + Clock>(
    transmitter: &Transmitter,
    ports: &P,
) -> Result<Cached<WebUrl>, Unavailable> {
    const NAME: &str = "ssf-configuration";
    let who = transmitter.id.as_str();
    let issuer = &transmitter.issuer;
    let (before, behind) = (
        issuer.well_known_before(NAME),
        issuer.well_known_behind(NAME),
    );
    let what = "the configuration metadata";
    let (document, max_age) = match get(who, &before, what, ports).await {
        Err(error) if before != behind => {
            get(who, &behind, what, ports).await.map_err(|_| error)?
        }
        other => other?,
    };
    if document.get("issuer").and_then(Value::as_str) != Some(issuer.as_str()) {
        let cause = "the configuration metadata is of another issuer";
        return Err(unavailable(who, cause));
    }
    let url = document.get("jwks_uri").and_then(Value::as_str);
    let url = url.and_then(|url| url.parse::<WebUrl>().ok());
    let url = url.filter(|url| url.is_https() || !transmitter.issuer.is_https());
    let url = url.ok_or_else(|| {
        let cause = "jwks_uri in the configuration metadata is missing, or is no https URL";
        unavailable(who, cause)
    })?;
    Ok(Cached::new(url, max_age, ports.now()))
}
