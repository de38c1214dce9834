//! What an isolate knows of the issuers, whose a token is, and asking what it means.

use std::fmt;
use std::rc::Rc;

use serde_json::Value;

use super::access_token;
use super::asked::Asked;
use super::introspection::Introspection;
use super::logout::Logout;
use super::metadata;
use super::offer::Offer;
use super::record::Foreign;
use crate::config::{Accept, Issuer, Jwt, Opaque, Tokens};
use crate::jose::{Failure, JwtRefusal, Kept, Keys, UnverifiedJwt, Verified, unavailable};
use crate::ports::{Clock, Http, Ports, Randomness, Signatures, Unavailable, Waits};
use crate::protocol::WebUrl;
use crate::time::Time;
use crate::token::TokenDigest;

/// How long a token may be, in bytes.
const LONGEST: usize = 16 * 1024;

/// The issuers whose tokens some route takes.
#[derive(Debug, Default)]
pub struct KnownIssuers(Vec<Known>);

/// What is known of one issuer.
#[derive(Debug)]
struct Known {
    issuer: Issuer,
    metadata: Kept<Value>,
    keys: Keys,
    introspection: Introspection,
}

/// Whose a token is, as far as that can be said without asking anyone.
pub struct Whose {
    /// The place of its issuer in the configuration.
    pub issuer: u8,
    /// The token, taken apart, where its issuer's are JWTs.
    jwt: Option<UnverifiedJwt>,
}

impl fmt::Debug for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Whose({})", self.issuer)
    }
}

impl KnownIssuers {
    /// Nothing is known of these yet.
    #[must_use]
    pub fn new(issuers: &[Issuer]) -> Self {
        let known = |issuer: &Issuer| Known {
            issuer: issuer.clone(),
            metadata: Kept::default(),
            keys: Keys::default(),
            introspection: Introspection::default(),
        };
        Self(issuers.iter().map(known).collect())
    }

    /// The issuer at this place in the configuration.
    #[must_use]
    pub fn get(&self, place: u8) -> Option<&Issuer> {
        self.0.get(usize::from(place)).map(|known| &known.issuer)
    }

    /// Whose this token is. A JWT names its issuer; any other text belongs to the one issuer of opaque tokens among those
    /// that are accepted. Nobody is asked.
    ///
    /// # Errors
    /// Why it is nobody's who is accepted.
    pub fn whose(&self, token: &str, accept: Accept) -> Result<Whose, JwtRefusal> {
        if token.len() > LONGEST {
            return Err(JwtRefusal::TooLarge);
        }
        let accepted = || (0..).zip(&self.0).filter(|(place, _)| accept.takes(*place));
        let is_opaque = |known: &Known| matches!(known.issuer.tokens, Tokens::Opaque(_));
        let (place, jwt) = match UnverifiedJwt::parse(token) {
            Ok(jwt) => {
                let named = jwt.claimed_issuer();
                let found =
                    accepted().find(|(_, known)| named == Some(known.issuer.issuer.as_str()));
                let (place, known) = found.ok_or(JwtRefusal::Issuer)?;
                (place, (!is_opaque(known)).then_some(jwt))
            }
            Err(reason @ JwtRefusal::Malformed(_)) => {
                let found = accepted().find(|(_, known)| is_opaque(known));
                (found.ok_or(reason)?.0, None)
            }
            // A JWT that says nobody whose keys could be looked for is not shown to anyone.
            Err(reason) => return Err(reason),
        };
        Ok(Whose { issuer: place, jwt })
    }

    /// What a token means.
    ///
    /// # Errors
    /// [`Failure`]: why it counts for nothing, or that it could not be found out.
    pub async fn read<P: Ports>(
        &self,
        whose: Whose,
        asked: &Asked<'_>,
        ports: &P,
    ) -> Result<Foreign, Failure<JwtRefusal>> {
        let known = self.0.get(usize::from(whose.issuer));
        let known = known.ok_or(Failure::Refused(JwtRefusal::Issuer))?;
        match (&known.issuer.tokens, whose.jwt) {
            (Tokens::Jwt(rules), Some(jwt)) => {
                known.read_jwt(rules, jwt, asked.digest, ports).await
            }
            (Tokens::Jwt(_), None) => Err(Failure::Refused(JwtRefusal::Issuer)),
            (Tokens::Opaque(opaque), _) => known.read_opaque(opaque, asked, ports).await,
        }
    }

    /// Reads a logout token that was sent for the issuer at this place.
    ///
    /// # Errors
    /// [`Failure`]: why it ends nothing, or that it could not be found out.
    pub async fn logout<P: Http + Clock + Waits + Randomness + Signatures>(
        &self,
        place: u8,
        token: &str,
        ports: &P,
    ) -> Result<Logout, Failure<JwtRefusal>> {
        let known = self.0.get(usize::from(place));
        let known = known.ok_or(Failure::Refused(JwtRefusal::Issuer))?;
        let jwt = UnverifiedJwt::parse(token).map_err(Failure::Refused)?;
        let verified = known.verify(jwt, ports).await?;
        Logout::of(&known.issuer, &verified, ports.now()).map_err(Failure::Refused)
    }

    /// Whether the caller should now have the keys of the issuer at this place renewed beside its request, with
    /// [`Self::refresh`]. If so, that is marked as begun.
    #[must_use]
    pub fn begin_refresh(&self, place: u8, now: Time) -> bool {
        let known = self.0.get(usize::from(place));
        known.is_some_and(|known| known.keys.begin_refresh(now))
    }

    /// Renews the keys of the issuer at this place, after [`Self::begin_refresh`], so that no request has to wait for them.
    ///
    /// # Errors
    /// [`Unavailable`] if they could not be had. The old ones count as before.
    pub async fn refresh<P: Http + Clock + Waits + Randomness>(
        &self,
        place: u8,
        ports: &P,
    ) -> Result<(), Unavailable> {
        let Some(known) = self.0.get(usize::from(place)) else {
            return Ok(());
        };
        let url = known.jwks_uri(ports).await?;
        let who = known.issuer.id.as_str();
        known.keys.refresh(who, url.as_str(), ports).await
    }
}

impl Known {
    async fn read_jwt<P: Http + Clock + Waits + Randomness + Signatures>(
        &self,
        rules: &Jwt,
        jwt: UnverifiedJwt,
        digest: TokenDigest,
        ports: &P,
    ) -> Result<Foreign, Failure<JwtRefusal>> {
        let issuer = &self.issuer;
        let verified = self.verify(jwt, ports).await?;
        access_token::check(issuer, rules, &verified, ports.now())
            .and_then(|()| Foreign::of(issuer, &verified, digest, None))
            .map_err(Failure::Refused)
    }

    /// Asks the issuer what its token means, or takes what it said to somebody else who asked at the same time.
    async fn read_opaque<P: Ports>(
        &self,
        opaque: &Opaque,
        asked: &Asked<'_>,
        ports: &P,
    ) -> Result<Foreign, Failure<JwtRefusal>> {
        let issuer = &self.issuer;
        let offer = async || {
            if let Some(offer) = Offer::configured(issuer, opaque) {
                return Ok(offer);
            }
            let document = self.metadata(ports).await?;
            let offer = Offer::read(issuer, opaque, &document);
            offer.map_err(|cause| unavailable(issuer.id.as_str(), cause))
        };
        let ask = self
            .introspection
            .ask((issuer, opaque), &self.keys, offer, asked, ports);
        let told = ask.await?;
        let claims = told.meaning.map_err(Failure::Refused)?;
        let end = told.asked_at.plus(issuer.max_lifetime);
        let foreign = Foreign::of(issuer, &claims, asked.digest, Some(end));
        Ok(Foreign {
            asked_at: Some(told.asked_at),
            ..foreign.map_err(Failure::Refused)?
        })
    }

    /// Checks the algorithm and the signature, and nothing else.
    async fn verify<P: Http + Clock + Waits + Randomness + Signatures>(
        &self,
        jwt: UnverifiedJwt,
        ports: &P,
    ) -> Result<Verified, Failure<JwtRefusal>> {
        if !self.issuer.algorithms.contains(&jwt.algorithm) {
            return Err(Failure::Refused(JwtRefusal::Unlisted));
        }
        let url = self.jwks_uri(ports).await?;
        let who = self.issuer.id.as_str();
        self.keys.verify(who, url.as_str(), jwt, ports).await
    }

    /// Where its keys are: as configured, or as its metadata says.
    async fn jwks_uri<P: Http + Clock + Waits + Randomness>(
        &self,
        ports: &P,
    ) -> Result<WebUrl, Unavailable> {
        if let Some(url) = &self.issuer.jwks_uri {
            return Ok(url.clone());
        }
        metadata::endpoint(&self.issuer, &*self.metadata(ports).await?, "jwks_uri")
    }

    /// Its metadata: kept, or asked for.
    async fn metadata<P: Http + Clock + Waits + Randomness>(
        &self,
        ports: &P,
    ) -> Result<Rc<Value>, Unavailable> {
        let asked = self
            .metadata
            .now(ports, async || metadata::ask(&self.issuer, ports).await);
        asked.await
    }
}
