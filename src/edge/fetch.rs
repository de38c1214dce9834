//! The entry: every request to the Worker comes in here.
//!
//! Job: the hot path. A request for which Postern need not ask anyone is answered, or handed to its origin, without an
//! async frame.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::Request;
use worker::{Context, Env, worker_sys};

use super::answer;
use super::head::Head;
use super::host;
use super::introduced::Introduced;
use super::isolate::{self, Isolate, Refused};
use super::noted::Noted;
use super::outside::Outside;
use super::own::{self, Own};
use super::platform;
use super::refusal::Seen;
use super::task::{self, Settled};
use crate::gate::{Admission, Credential, Found, Refusal, Route, path};
use crate::pages::style;
use crate::ports::Unavailable;
use crate::protocol::Answer;
use crate::resolve::{Inactive, Lookup, Resolution};
use crate::time::Time;

/// Answers a request: with a `Response`, or with a promise of one.
#[wasm_bindgen]
#[must_use]
pub fn fetch(request: Request, env: Env, context: worker_sys::Context) -> JsValue {
    match Incoming::new(request, env, context) {
        Ok(incoming) => incoming.answer(),
        Err(refused) => refused,
    }
}

/// What is answered where the configuration is wrong.
#[cold]
#[inline(never)]
fn misconfigured(why: &Refused, head: &Head, request: &Request) -> JsValue {
    // The page that says so needs it.
    if path::split(head.url()).0 == style::PATH {
        let style = style::answer(None);
        return answer::response(&style, head.method() == "HEAD").into();
    }
    Seen { head, request }.refuse_misconfigured(why).into()
}

/// One request and what it takes to answer it.
pub(super) struct Incoming {
    pub(super) isolate: &'static Isolate,
    pub(super) head: Head,
    pub(super) request: Request,
    pub(super) env: Env,
    pub(super) context: Rc<Context>,
}

impl Incoming {
    /// A request, or what it is answered with where the configuration is wrong.
    pub(super) fn new(
        request: Request,
        env: Env,
        context: worker_sys::Context,
    ) -> Result<Self, JsValue> {
        let head = Head::read(&request);
        let isolate = match isolate::current(&env, Some(path::origin(head.url()))) {
            Ok(isolate) => isolate,
            Err(why) => return Err(misconfigured(&why, &head, &request)),
        };
        Ok(Self {
            isolate,
            head,
            request,
            env,
            context: Rc::new(Context::new(context)),
        })
    }

    pub(super) const fn seen(&self) -> Seen<'_> {
        Seen {
            head: &self.head,
            request: &self.request,
        }
    }

    fn answer(self) -> JsValue {
        let isolate = self.isolate;
        if let Some(endpoint) = Own::at(path::split(self.head.url()).0, &isolate.config) {
            if let Err(unavailable) = task::room() {
                platform::emit(&unavailable.event());
                return self.respond_at(endpoint, endpoint.readable(Answer::unavailable()));
            }
            // What a client asks of an endpoint is carried through even if the client does not wait for the answer.
            let context = Rc::clone(&self.context);
            return task::run_for(&context, self.endpoint(endpoint)).into_value();
        }
        let (route, credential, token) = match isolate.policy.admit(&self.seen(), self.head.url()) {
            Admission::Authenticate {
                route,
                credential,
                token,
            } => (route, credential, token),
            Admission::Forward(route) => return self.forward_unknown(route, false),
            Admission::ForwardPreflight(route) => return self.forward_unknown(route, true),
            Admission::Answered(answer) => {
                self.note(&Noted::answered(answer.status));
                return self.respond(&answer);
            }
            Admission::Refused { route, refusal } => {
                return self.refuse_noted(&Noted::refused(route, &refusal));
            }
        };
        let now = platform::now();
        // Exposed to be looked up.
        match isolate
            .resolver
            .look(credential.kind(), token.expose(), &route.demand, now)
        {
            Lookup::Known(resolution) => self.conclude(route, credential, resolution, now, now),
            Lookup::Due(resolution, inquiry) => {
                self.renew_beside(route, inquiry);
                self.conclude(route, credential, resolution, now, now)
            }
            Lookup::NeedsIo(inquiry) => {
                if let Err(unavailable) = task::room() {
                    let resolution = Resolution::Unavailable(unavailable);
                    return self.conclude(route, credential, resolution, now, now);
                }
                let context = Rc::clone(&self.context);
                let work = async move {
                    let outside = self.outside().of(&self.request);
                    let resolver = &isolate.resolver;
                    let resolution = resolver.finish(&outside, inquiry, &route.demand).await;
                    Ok(self.conclude(route, credential, resolution, now, platform::now()))
                };
                task::run_for(&context, work).into_value()
            }
        }
    }

    pub(super) fn outside(&self) -> Outside {
        if !self.isolate.is_placed.replace(true) {
            host::set_relay(&self.request);
        }
        Outside::new(
            self.env.clone(),
            Some(Rc::clone(&self.context)),
            self.isolate.timeout,
        )
    }

    /// Sends the request on, or refuses it, now that it is known what its token means. It came at `since`.
    fn conclude(
        self,
        route: &'static Route,
        credential: Credential,
        resolution: Resolution<Introduced>,
        since: Time,
        now: Time,
    ) -> JsValue {
        let kind = credential.kind();
        let active = match resolution {
            Resolution::Active(active) => active,
            Resolution::Inactive(inactive) => {
                let refusal = self.inactive(route, credential, inactive);
                let noted = Noted::refused(Some(route), &refusal);
                return self.refuse_noted(&noted.with(kind, Found::Inactive(inactive), since));
            }
            Resolution::Unavailable(unavailable) => {
                let refusal = route.refuse_unknown(&unavailable);
                let noted = Noted::refused(Some(route), &refusal);
                self.note(&noted.with(kind, Found::Unavailable(&unavailable), since));
                return self.refuse_unknown(route, &unavailable);
            }
        };
        let session = &active.session;
        let of_whom = |noted: Noted<'_>| {
            let noted = noted.with(kind, Found::Active, since);
            self.note(&noted.of_whom(session.record()));
        };
        let (record, url) = (session.record(), self.head.url());
        if let Err(refusal) = route.authorise(credential, record, &self.seen(), url, now) {
            of_whom(Noted::refused(Some(route), &refusal));
            return self.refuse_on(route, refusal);
        }
        let Some(limit) = &route.rate_limit else {
            return self.pass(route, credential, &active, (since, now));
        };
        if let Err(unavailable) = task::room() {
            return self.refuse_unknown(route, &unavailable);
        }
        let context = Rc::clone(&self.context);
        let work = async move {
            let session = &active.session;
            Ok(match self.count(route, limit, Some(session)).await {
                Ok(()) => self.pass(route, credential, &active, (since, platform::now())),
                Err(refusal) => {
                    let noted = Noted::refused(Some(route), &refusal);
                    let noted = noted.with(kind, Found::Active, since);
                    self.refuse_noted(&noted.of_whom(session.record()))
                }
            })
        };
        task::run_for(&context, work).into_value()
    }

    /// What was presented does not count.
    pub(super) fn refuse_inactive(
        &self,
        route: &Route,
        credential: Credential,
        inactive: Inactive,
    ) -> JsValue {
        self.refuse(Some(route), &self.inactive(route, credential, inactive))
    }

    fn inactive(&self, route: &Route, credential: Credential, inactive: Inactive) -> Refusal {
        match credential {
            Credential::Token => {
                let refusal = route.refuse_inactive(inactive, self.head.url());
                route.readable(&self.seen(), refusal)
            }
            Credential::Ticket { .. } => {
                route.refuse_ended(inactive, &self.seen(), self.head.url())
            }
        }
    }

    /// Nobody knows whether what was presented counts.
    pub(super) fn refuse_unknown(&self, route: &Route, unavailable: &Unavailable) -> JsValue {
        // Else it is not an outage, and whoever sends this would fill the log.
        if unavailable.wait.is_none() {
            platform::emit(&unavailable.event());
        }
        self.refuse_on(route, route.refuse_unknown(unavailable))
    }

    pub(super) fn refuse_noted(&self, noted: &Noted<'_>) -> JsValue {
        self.note(noted);
        noted.refusal.map_or(JsValue::UNDEFINED, |refusal| {
            self.refuse(noted.route, refusal)
        })
    }

    pub(super) fn note(&self, noted: &Noted<'_>) {
        if self.isolate.is_noting {
            noted.write(self.isolate, self.seen(), &self.context, || {
                self.outside().of(&self.request)
            });
        }
    }

    pub(super) fn refuse_on(&self, route: &Route, refusal: Refusal) -> JsValue {
        self.refuse(Some(route), &route.readable(&self.seen(), refusal))
    }

    fn refuse(&self, route: Option<&Route>, refusal: &Refusal) -> JsValue {
        let seen = self.seen();
        seen.refuse(self.isolate, Some(&self.env), route, refusal)
    }

    /// What an endpoint answers. People get no line of JSON.
    fn respond_at(&self, endpoint: Own, answer: Answer) -> JsValue {
        self.note(&Noted::endpoint(answer.status));
        if endpoint.is_for_people() {
            self.seen().show(self.isolate, answer).into()
        } else {
            self.respond(&answer)
        }
    }

    pub(super) fn respond(&self, answer: &Answer) -> JsValue {
        answer::response(answer, self.head.method() == "HEAD").into()
    }

    async fn endpoint(self, endpoint: Own) -> Settled {
        let outside = self.outside();
        let answer = own::answer(endpoint, self.isolate, self.seen(), &outside).await;
        Ok(self.respond_at(endpoint, answer))
    }
}
