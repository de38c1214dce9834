//! Refused requests: what is logged of them, and how the answer reaches whoever sent them.

use wasm_bindgen::JsValue;
use web_sys::{Request, Response};
use worker::Env;

use super::head::{Head, written};
use super::isolate::{Isolate, Refused};
use super::{answer, host, platform};
use crate::config::Config;
use crate::gate::{Reference, Refusal, RequestHead, Route, path};
use crate::pages::{Brand, Home, icon};
use crate::protocol::{Answer, ErrorCode, Sender};
use crate::telemetry::{self, Asked, Event};

/// A request, as far as it decides.
#[derive(Clone, Copy)]
pub struct Seen<'r> {
    /// Its head.
    pub head: &'r Head,
    /// All of it.
    pub request: &'r Request,
}

impl RequestHead for Seen<'_> {
    fn method(&self) -> &str {
        self.head.method()
    }

    fn country(&self) -> Option<String> {
        host::country(self.request)
    }

    fn two_headers(&self, [one, other]: [&'static str; 2]) -> [Option<String>; 2] {
        let both = written(|room| host::two_headers_into(self.request, one, other, room));
        let both = both.unwrap_or_else(|| host::two_headers(self.request, one, other));
        let (one, other) = both.split_once('\n').unwrap_or_default();
        [one, other].map(|value| (!value.is_empty()).then(|| value.to_owned()))
    }
}

impl Sender for Seen<'_> {
    fn header(&self, name: &'static str) -> Option<String> {
        if name == "authorization" {
            self.head.authorization().map(str::to_owned)
        } else {
            host::header(self.request, name)
        }
    }

    fn place(&self) -> Option<String> {
        host::location(self.request)
    }
}

impl Seen<'_> {
    /// Answers this request, which is refused. `env` has the bindings, where the site's own page may be asked for.
    #[must_use]
    pub fn refuse(
        self,
        isolate: &Isolate,
        env: Option<&Env>,
        route: Option<&Route>,
        refusal: &Refusal,
    ) -> JsValue {
        let (url, config) = (self.head.url(), &isolate.config);
        if refusal.is_about_icon(&self, url) {
            return self.respond(&icon::answer()).into();
        }
        let is_page = refusal.is_for_person(&self);
        let is_logged = config.log_refusals || (is_page && refusal.status() >= 500);
        let reference = (is_page || is_logged).then(|| self.reference(is_logged));
        let reference = reference.flatten();
        if is_logged {
            platform::emit(&Event::GateRefused {
                route: route.map(|route| route.pattern.as_str()),
                status: refusal.status(),
                reason: refusal.reason,
                issuer: issuer_of(config, refusal),
                request: self.asked(reference.as_ref()),
            });
        }
        if !is_page {
            return self.respond(&refusal.answer).into();
        }
        let page = self.respond(&refusal.page(&self, url, &config.brand, reference.as_ref()));
        match (env, isolate.policy.own_not_found()) {
            (Some(env), Some((route, path))) if refusal.is_not_found() => {
                let own = format!("{}{path}", path::origin(url));
                let is_head = self.head.method() == "HEAD";
                host::own_not_found(env, route, &own, is_head, &page).into()
            }
            _ => page.into(),
        }
    }

    /// Answers this request, although the configuration is wrong.
    #[must_use]
    pub fn refuse_misconfigured(self, why: &Refused) -> Response {
        let text = match why {
            Refused::Configuration(_) => {
                "this Worker is not configured correctly; its log says what to change"
            }
            Refused::NoIssuer => {
                "this Worker does not know its address: its administrator must set `issuer` to it in postern.toml, or \
                 in the variable that is named there"
            }
        };
        let refusal = Refusal::misconfigured(Answer::error(500, ErrorCode::ServerError, text));
        if !refusal.is_for_person(&self) {
            return self.respond(&refusal.answer);
        }
        let url = self.head.url();
        let (_, host) = path::origin(url).split_once("://").unwrap_or_default();
        let brand = Brand {
            name: host.to_owned(),
            logo: None,
            home: Home::Closed,
            has_icon: false,
        };
        let reference = self.reference(false);
        self.respond(&match why {
            Refused::NoIssuer => refusal.page_without_issuer(&self, url, &brand),
            Refused::Configuration(problems) if host::is_developed() => {
                refusal.page_of_problems(&self, url, &brand, problems)
            }
            Refused::Configuration(_) => refusal.page(&self, url, &brand, reference.as_ref()),
        })
    }

    /// What an endpoint for people answers: a page, even where it has only a line for programs.
    #[must_use]
    pub fn show(self, isolate: &Isolate, answer: Answer) -> Response {
        let is_line = answer.header("content-type") == Some("application/json");
        let refusal = Refusal::of_endpoint(answer);
        if !is_line || !refusal.is_for_person(&self) {
            return self.respond(&refusal.answer);
        }
        let (url, brand) = (self.head.url(), &isolate.config.brand);
        self.respond(&refusal.page(&self, url, brand, self.reference(false).as_ref()))
    }

    /// The request, for an event. `reference` is what the log calls it.
    #[must_use]
    pub fn asked<'a>(&'a self, reference: Option<&'a Reference>) -> Asked<'a> {
        Asked {
            method: self.head.method(),
            path: telemetry::path(path::split(self.head.url()).0),
            ray: reference.map(Reference::as_str),
        }
    }

    /// What Cloudflare calls this request.
    #[must_use]
    pub fn ray(&self) -> Option<Reference> {
        self.reference(false)
    }

    /// What the log calls this request. Where Cloudflare gives no name, one is made up, if it is `wanted`.
    fn reference(self, wanted: bool) -> Option<Reference> {
        let ray = host::header(self.request, "cf-ray");
        let known = ray.as_deref().and_then(Reference::of_ray);
        known.or_else(|| {
            wanted.then(|| {
                let mut random = [0; 8];
                platform::fill(&mut random);
                Reference::random(random)
            })
        })
    }

    fn respond(self, answer: &Answer) -> Response {
        answer::response(answer, self.head.method() == "HEAD")
    }
}

/// The `id` of the other issuer whose token was refused.
pub(super) fn issuer_of<'a>(config: &'a Config, refusal: &Refusal) -> Option<&'a str> {
    let issuer = config.issuers.get(usize::from(refusal.issuer?))?;
    Some(issuer.id.as_str())
}
