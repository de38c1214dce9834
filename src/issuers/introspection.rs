//! Asking an issuer what one of its opaque tokens means (RFC 7662).
//!
//! Job: one question at a time about a token, no question that would be too many, and none to an issuer that is down. Not
//! its job: for how long an answer is believed, and what becomes of its claims.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use super::answer;
use super::asked::Asked;
use super::circuit::Circuit;
use super::client_auth::Asker;
use super::flights::Flights;
use super::flood::{Counts, TooMany};
use super::offer::Offer;
use super::signed_answer::{self, MEDIA_TYPE};
use crate::config::{Issuer, IssuerAuth, Opaque};
use crate::jose::{self, JwtRefusal, Keys, UnverifiedJwt, Verified, unavailable};
use crate::ports::{Dependency, HttpResponse, JSON, Ports, Unavailable};
use crate::time::Time;
use crate::token::PlainToken;

/// What an issuer said of a token. It has no `Debug` that says so: it is about a person.
#[derive(Clone)]
pub(super) struct Told {
    /// When it was asked: it was so then, or later.
    pub(super) asked_at: Time,
    /// Its claims, if it is active and an access token for this site.
    pub(super) meaning: Result<Rc<Verified>, JwtRefusal>,
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Told(..)")
    }
}

/// The questions to one issuer.
#[derive(Debug, Default)]
pub(super) struct Introspection {
    flights: Flights<Told>,
    circuit: Circuit,
    counts: Counts,
}

impl Introspection {
    /// What the issuer says of a token. `offer` says where it is asked, and is itself asked only if a question goes out.
    pub(super) async fn ask<P: Ports>(
        &self,
        (issuer, opaque): (&Issuer, &Opaque),
        keys: &Keys,
        offer: impl AsyncFnOnce() -> Result<Offer, Unavailable>,
        asked: &Asked<'_>,
        ports: &P,
    ) -> Result<Told, Unavailable> {
        let counted = self.count(issuer, asked, ports)?;
        let (was_asked, was_heard) = (Cell::new(false), Cell::new(false));
        let ask = async || {
            self.circuit.may_ask(ports.now())?;
            was_asked.set(true);
            let told = async {
                let offer = offer().await?;
                send(
                    (issuer, opaque),
                    keys,
                    &offer,
                    asked.token,
                    &was_heard,
                    ports,
                )
                .await
            };
            let told = told.await;
            // An issuer that cannot say anything about this token is there for the others: or whoever sends strange
            // ones would close it for everybody.
            let is_there = |error: &&Unavailable| was_heard.get() && !error.is_overloaded;
            let failure = told.as_ref().err().filter(|error| !is_there(error));
            self.circuit.tell(failure, ports);
            told
        };
        let (digest, is_known) = (asked.digest, asked.is_known);
        let asked = self.flights.ask(digest, is_known, asked.needed, ports, ask);
        let told = asked.await;
        let is_good = matches!(&told, Ok(told) if told.meaning.is_ok());
        if counted && (is_good || !was_asked.get()) {
            self.counts.take_back(ports.source());
        }
        told
    }

    /// Counts a question that is about to go out, if it is about a token that is not known.
    fn count<P: Ports>(
        &self,
        issuer: &Issuer,
        asked: &Asked<'_>,
        ports: &P,
    ) -> Result<bool, Unavailable> {
        if asked.is_known || self.flights.has(asked.digest) {
            return Ok(false);
        }
        match self.counts.add(ports.source(), ports.now()) {
            Ok(()) => Ok(true),
            Err(too_many) => {
                let cause = format!("{} was asked about too many unknown tokens", issuer.id);
                Err(Unavailable {
                    wait: match too_many {
                        TooMany::OfOne(wait) => Some(wait),
                        TooMany::OfAll => None,
                    },
                    ..Unavailable::new(Dependency::Isolate, cause)
                })
            }
        }
    }
}

/// `was_heard` becomes true if the issuer has answered, whatever it said.
async fn send<P: Ports>(
    (issuer, opaque): (&Issuer, &Opaque),
    keys: &Keys,
    offer: &Offer,
    token: &PlainToken,
    was_heard: &Cell<bool>,
    ports: &P,
) -> Result<Told, Unavailable> {
    let who = issuer.id.as_str();
    let authentication = opaque.authentication.as_ref();
    let authentication: &IssuerAuth = authentication.ok_or_else(|| {
        unavailable(
            who,
            "introspection: the client's secret cannot be seen here",
        )
    })?;
    let asker = Asker {
        issuer: issuer.issuer.as_str(),
        client_id: &opaque.client_id,
        authentication,
        method: offer.method,
    };
    let accept = if offer.is_signed { MEDIA_TYPE } else { JSON };
    let asked_at = ports.now();
    // Exposed to the issuer that made it.
    let request = asker.question(&offer.endpoint, accept, token.expose(), ports);
    let request = request.await?;
    let response = jose::ask(who, &request, "introspection", ports).await?;
    was_heard.set(matches!(response.status, 200 | 400));
    let answer = read((issuer, opaque), keys, offer, &response, ports).await?;
    let meaning = match answer::claims(who, answer)? {
        None => Err(JwtRefusal::Inactive),
        Some(claims) => {
            let checked = answer::check(issuer, &claims, ports.now());
            checked.map(|()| Rc::new(claims))
        }
    };
    Ok(Told { asked_at, meaning })
}

/// The answer, whether it is signed or not.
async fn read<P: Ports>(
    (issuer, opaque): (&Issuer, &Opaque),
    keys: &Keys,
    offer: &Offer,
    response: &HttpResponse,
    ports: &P,
) -> Result<serde_json::Map<String, serde_json::Value>, Unavailable> {
    let who = issuer.id.as_str();
    // Exposed to be read: it is what the token means.
    let body = response.body.expose();
    let is_object = body.trim_ascii_start().starts_with(b"{");
    if !offer.is_signed || (is_object && opaque.signed.is_none()) {
        return answer::read(who, response.status, body);
    }
    answer::check_status(who, response.status, body)?;
    let (false, Ok(text)) = (is_object, std::str::from_utf8(body.trim_ascii())) else {
        let cause = "introspection: the answer is not signed, and signed_introspection is true";
        return Err(unavailable(who, cause));
    };
    let verified = async {
        let jwt = UnverifiedJwt::parse(text).map_err(jose::Failure::Refused)?;
        if !issuer.algorithms.contains(&jwt.algorithm) {
            return Err(jose::Failure::Refused(JwtRefusal::Unlisted));
        }
        let url = offer.jwks_uri.as_deref().ok_or_else(|| {
            unavailable(
                who,
                "introspection: where its keys are is not known: write jwks_uri",
            )
        })?;
        keys.verify(who, url, jwt, ports).await
    };
    let (verified, own_id) = (verified.await, opaque.client_id.as_str());
    signed_answer::open(who, issuer.issuer.as_str(), own_id, verified, ports.now())
}
