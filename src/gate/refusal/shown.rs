//! In which form a refusal reaches whoever sent the request.
//!
//! Job: a person in a browser gets a page, and everything else the body for developers. A program that sends a bearer
//! token is none, whatever it accepts. A browser that looks for the icon of the site gets one: it does so by itself at
//! each visit, and is told nothing by a refusal.

use crate::browser::same_site::wants_page;
use crate::gate::path;
use crate::gate::request_head::RequestHead;
use crate::pages::{Brand, NotForYou, Refused, Told, icon};
use crate::protocol::Answer;

use super::problem::Refusal;
use super::told;

/// How long the name of a request may be. Cloudflare's are 20 characters.
const LONGEST_RAY: usize = 40;

/// What a page and the log call a refused request: Cloudflare's name for it (its ray), or one that is made up here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference(String);

impl Reference {
    /// The name in the header `CF-Ray`, if it is one.
    #[must_use]
    pub fn of_ray(ray: &str) -> Option<Self> {
        let fits = !ray.is_empty()
            && ray.len() <= LONGEST_RAY
            && ray.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        fits.then(|| Self(ray.to_owned()))
    }

    /// A name of its own.
    #[must_use]
    pub fn random(random: [u8; 8]) -> Self {
        Self(format!("{:016x}", u64::from_be_bytes(random)))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Refusal {
    /// What an endpoint for people answers that is not a page.
    #[must_use]
    pub const fn of_endpoint(answer: Answer) -> Self {
        Self {
            issuer: None,
            reason: "endpoint",
            told: told::of(answer.status),
            barred: None,
            answer,
        }
    }

    /// The configuration is wrong: 500, whatever the request. `answer` is for programs.
    #[must_use]
    pub const fn misconfigured(answer: Answer) -> Self {
        Self {
            issuer: None,
            reason: "misconfigured",
            answer,
            told: &told::NOT_SET_UP,
            barred: None,
        }
    }

    /// The page for whoever develops, with what is wrong with the configuration.
    #[must_use]
    pub fn page_of_problems<R: RequestHead>(
        &self,
        request: &R,
        url: &str,
        brand: &Brand,
        problems: &[String],
    ) -> Answer {
        self.page_saying((&told::CORRECT_THIS, problems), request, url, brand, None)
    }

    /// The page of a Worker that does not know its address.
    #[must_use]
    pub fn page_without_issuer<R: RequestHead>(
        &self,
        request: &R,
        url: &str,
        brand: &Brand,
    ) -> Answer {
        let told = told::no_issuer(path::origin(url));
        self.page_saying((&told, &[]), request, url, brand, None)
    }

    /// Whether no route matches.
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        self.answer.status == 404
    }

    /// Whether a browser only looked for the icon of the site, which no route gives to this one. It gets that of the
    /// pages.
    #[must_use]
    pub fn is_about_icon<R: RequestHead>(&self, request: &R, url: &str) -> bool {
        path::split(url).0 == icon::WELL_KNOWN
            && matches!(self.answer.status, 303 | 401 | 403 | 404)
            && matches!(request.method(), "GET" | "HEAD")
            && request.header("authorization").is_none()
    }

    /// Whether a person waits for the answer, in a browser.
    #[must_use]
    pub fn is_for_person<R: RequestHead>(&self, request: &R) -> bool {
        let has_token = || {
            let value = request.header("authorization");
            value.is_some_and(|value| {
                let scheme = value.split(' ').next().unwrap_or_default();
                scheme.eq_ignore_ascii_case("bearer")
            })
        };
        self.answer.status >= 400 && !has_token() && wants_page(request)
    }

    /// The page for that person: with the status and the headers of the refusal, and with what the log calls it.
    #[must_use]
    pub fn page<R: RequestHead>(
        &self,
        request: &R,
        url: &str,
        brand: &Brand,
        reference: Option<&Reference>,
    ) -> Answer {
        self.page_saying((self.told, &[]), request, url, brand, reference)
    }

    fn page_saying<R: RequestHead>(
        &self,
        (told, problems): (&Told, &[String]),
        request: &R,
        url: &str,
        brand: &Brand,
        reference: Option<&Reference>,
    ) -> Answer {
        let status = self.answer.status;
        let target = path::target(url);
        // Postern's own paths are no more than this.
        let is_path = target.starts_with('/') && !target.starts_with("//");
        let may_help = matches!(status, 502 | 503) && request.method() == "GET" && is_path;
        let is_front_page = path::split(url).0 == "/";
        let reference = reference.map(Reference::as_str);
        if let Some(barred) = &self.barred {
            let page = NotForYou {
                brand,
                who: &barred.who,
                needed: &barred.needed,
                login: &barred.login,
                reference,
                is_front_page,
            };
            return self.with_own_headers(page.answer());
        }
        let page = Refused {
            brand,
            status,
            told,
            problems,
            again: may_help.then_some(target),
            reference,
            is_front_page,
        };
        self.with_own_headers(page.answer())
    }

    /// The page, with the headers of the refusal.
    fn with_own_headers(&self, mut answer: Answer) -> Answer {
        let of_page = |name: &str| matches!(name, "content-type" | "cache-control");
        let own = self.answer.headers.iter();
        answer
            .headers
            .extend(own.filter(|(name, _)| !of_page(name)).cloned());
        answer
    }
}
