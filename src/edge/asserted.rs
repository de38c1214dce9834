//! The signed statement of who is there, for origins that want one.
//!
//! Job: one for each session and origin, kept with the session and made anew beside a request, so that only the first one waits
//! for it. Not its job: what it says, and how long it serves; that is [`crate::assertion`]'s.

use std::rc::Rc;

use wasm_bindgen::JsValue;

use super::fetch::Incoming;
use super::introduced::Introduced;
use super::isolate::Isolate;
use super::outside::Outside;
use super::{platform, task};
use crate::assertion::{self, Look};
use crate::config::Assertion;
use crate::gate::Route;
use crate::ports::{Clock, Dependency, Unavailable};
use crate::resolve::CachedSession;
use crate::time::Time;

type Session = Rc<CachedSession<Introduced>>;

impl Incoming {
    /// The assertion for the origin of this route, `undefined` where it wants none; `None` where one has to be made first.
    /// One that has served for half of its life is made anew beside this request.
    pub(super) fn asserted(
        &self,
        route: &'static Route,
        session: &Session,
        now: Time,
    ) -> Option<JsValue> {
        let Some(what) = &route.assertion else {
            return Some(JsValue::UNDEFINED);
        };
        let introduced = session.attachment(|_| Introduced::default());
        match introduced.assertions.look(what, now) {
            Look::Ready(assertion) => Some(assertion),
            Look::Missing => None,
            Look::Renew(assertion) => {
                let (outside, session) = (self.outside(), Rc::clone(session));
                let isolate = self.isolate;
                task::run_for(&self.context, async move {
                    // If it fails, the next request after three quarters of its life waits for another one.
                    if let Err(unavailable) = make(isolate, what, &session, &outside).await {
                        platform::emit(&unavailable.event());
                    }
                    Ok(JsValue::UNDEFINED)
                });
                Some(assertion)
            }
        }
    }

    /// Makes the assertion for the origin of this route, if it wants one.
    ///
    /// # Errors
    /// [`Unavailable`] where it could not be signed. Then the request must not go on: its origin would take it for one that
    /// did not come through the gate.
    pub(super) async fn assert(
        &self,
        route: &'static Route,
        session: &Session,
    ) -> Result<JsValue, Unavailable> {
        match &route.assertion {
            None => Ok(JsValue::UNDEFINED),
            Some(what) => make(self.isolate, what, session, &self.outside()).await,
        }
    }
}

async fn make(
    isolate: &'static Isolate,
    what: &Assertion,
    session: &Session,
    outside: &Outside,
) -> Result<JsValue, Unavailable> {
    let config = &isolate.config;
    let Some(ring) = &config.signing else {
        // The configuration is not taken without one.
        return Err(Unavailable::new(
            Dependency::Cryptography,
            "there is no key",
        ));
    };
    let made_at = outside.now();
    let issuer = config.issuer.as_str();
    let other = isolate.other_issuer(session);
    let claims = assertion::claims(what, session.record(), issuer, other, made_at);
    let signed = assertion::sign(ring, assertion::TYPE, &claims.json, outside).await?;
    let signed = JsValue::from_str(&signed);
    let introduced = session.attachment(|_| Introduced::default());
    let kept = signed.clone();
    introduced
        .assertions
        .keep(what, kept, made_at, claims.expires_at);
    Ok(signed)
}
