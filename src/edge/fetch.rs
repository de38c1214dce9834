//! The entry: every request to the Worker comes in here.
//!
//! Job: the hot path. A request for which Postern need not ask anyone is answered, or handed to its origin, without an
//! async frame.

use std::rc::Rc;
use std::time::Duration;

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
use super::streams;
use super::task::{self, Settled};
use crate::config::Origin;
use crate::gate::{Admission, Credential, Found, Refusal, Route, forward, path};
use crate::issue::renewal;
use crate::issue::ticket::Lifetimes;
use crate::pages::style;
use crate::ports::Unavailable;
use crate::protocol::Answer;
use crate::resolve::{CachedSession, Inactive, Lookup, Resolution};
use crate::telemetry::Event;
use crate::time::Time;
use crate::visitor::session_cookie;

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
    head: Head,
    request: Request,
    env: Env,
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
        if let Some(endpoint) = Own::at(path::split(self.head.url()).0) {
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
            Lookup::NeedsIo(inquiry) => {
                if let Err(unavailable) = task::room() {
                    let resolution = Resolution::Unavailable(unavailable);
                    return self.conclude(route, credential, resolution, now, now);
                }
                let context = Rc::clone(&self.context);
                let work = async move {
                    let outside = self.outside();
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
                let refusal = route.refuse_unavailable();
                let noted = Noted::refused(Some(route), &refusal);
                self.note(&noted.with(kind, Found::Unavailable(&unavailable), since));
                return self.refuse_unknown(route, &unavailable);
            }
        };
        let session = active.session;
        let of_whom = |noted: Noted<'_>| {
            let noted = noted.with(kind, Found::Active, since);
            self.note(&noted.of_whom(session.record()));
        };
        if let Err(refusal) = route.authorise(credential, session.record(), self.head.url()) {
            of_whom(Noted::refused(Some(route), &refusal));
            return self.refuse_on(route, refusal);
        }
        if self.isolate.is_noting {
            of_whom(Noted::passed(route));
        }
        if let Some(outage) = &active.outage {
            let Unavailable {
                dependency, cause, ..
            } = &outage.unavailable;
            let (seen, ray) = (self.seen(), self.seen().ray());
            platform::emit(&Event::CachedSessionAllowed {
                route: route.pattern.as_str(),
                dependency: dependency.as_str(),
                cause,
                log_age: outage.log_age.as_secs(),
                request: seen.asked(ray.as_ref()),
            });
        }
        self.refresh_beside(route.demand.max_staleness, now);
        let is_renewable = matches!(credential, Credential::Ticket { renewable: true });
        if is_renewable && renewal::begin_renewal(&session, now) {
            let context = Rc::clone(&self.context);
            let work = async move {
                let cookie = self.renewed(&session).await;
                Ok(self.forward_known(route, credential, &session, cookie.as_deref()))
            };
            return task::run_for(&context, work).into_value();
        }
        self.forward_known(route, credential, &session, None)
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
        platform::emit(&unavailable.event());
        self.refuse_on(route, route.refuse_unavailable())
    }

    /// The next ticket of a session, for `Set-Cookie`.
    async fn renewed(&self, session: &CachedSession<Introduced>) -> Option<String> {
        let isolate = self.isolate;
        let lifetimes = Lifetimes::of(&isolate.config);
        let (record, outside) = (session.record(), self.outside());
        let ticket = renewal::renew_beside(record, lifetimes, &isolate.resolver, &outside).await;
        ticket.as_ref().map(session_cookie)
    }

    /// Sends the request on, with nobody's name.
    fn forward_unknown(&self, route: &'static Route, is_preflight: bool) -> JsValue {
        if self.isolate.is_noting {
            self.note(&Noted::passed(route));
        }
        self.forward(route, &JsValue::UNDEFINED, is_preflight, None)
    }

    /// Sends the request on, with who it is from.
    fn forward_known(
        &self,
        route: &'static Route,
        credential: Credential,
        session: &CachedSession<Introduced>,
        cookie: Option<&str>,
    ) -> JsValue {
        let introduced = session.attachment(|_| Introduced::default());
        let identity = introduced.to(route.origin.as_ref(), session.record());
        let nobody = JsValue::UNDEFINED;
        let identity = identity.unwrap_or(&nobody);
        let response = self.forward(route, identity, false, cookie);
        if route.cut_streams && self.head.method() != "HEAD" {
            let context: &worker_sys::Context = self.context.as_ref().as_ref();
            let home: [&JsValue; 3] = [self.request.as_ref(), self.env.as_ref(), context.as_ref()];
            streams::watched(&response, home, route, credential, session)
        } else {
            response
        }
    }

    /// Brings the copy of the revocation log up to now beside this request, so that no later one
    /// has to wait for it.
    pub(super) fn refresh_beside(&self, max_staleness: Duration, now: Time) {
        let isolate = self.isolate;
        if !isolate.resolver.log().begin_refresh(now, max_staleness) {
            return;
        }
        let outside = self.outside();
        task::run_for(&self.context, async move {
            let log = isolate.resolver.log();
            if let Err(unavailable) = log.refresh(&outside, max_staleness).await {
                platform::emit(&unavailable.event());
            }
            Ok(JsValue::UNDEFINED)
        });
    }

    fn refuse_noted(&self, noted: &Noted<'_>) -> JsValue {
        self.note(noted);
        noted.refusal.map_or(JsValue::UNDEFINED, |refusal| {
            self.refuse(noted.route, refusal)
        })
    }

    fn note(&self, noted: &Noted<'_>) {
        if self.isolate.is_noting {
            noted.write(self.isolate, self.seen(), &self.context, || self.outside());
        }
    }

    fn refuse_on(&self, route: &Route, refusal: Refusal) -> JsValue {
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

    fn forward(
        &self,
        route: &'static Route,
        identity: &JsValue,
        is_preflight: bool,
        cookie: Option<&str>,
    ) -> JsValue {
        let url = match &route.origin {
            Some(Origin::Url(base) | Origin::Through { url: base, .. }) => {
                Some(forward::origin_url(base, self.head.url()))
            }
            Some(Origin::App | Origin::Assets | Origin::Service(_) | Origin::Zone) => None,
            None => return self.refuse_on(route, Route::refuse_denied()),
        };
        host::send(
            &self.request,
            &self.env,
            route.index,
            identity,
            url.as_deref(),
            is_preflight,
            cookie,
        )
    }

    async fn endpoint(self, endpoint: Own) -> Settled {
        let outside = self.outside();
        let answer = own::answer(endpoint, self.isolate, self.seen(), &outside).await;
        Ok(self.respond_at(endpoint, answer))
    }
}
