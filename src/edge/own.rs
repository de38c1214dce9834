//! The endpoints of Postern's own, and the bodies that they read.
//!
//! Job: which endpoint a request is for, its body, for which nobody waits without end, and its answer as that endpoint's
//! room gives it. Not its job: what the answer is.

use web_sys::Request;

use super::isolate::Isolate;
use super::outside::Outside;
use super::refusal::Seen;
use super::{host, platform, task};
use crate::config::Config;
use crate::gate::path;
use crate::oauth;
use crate::people;
use crate::ports::{Dependency, Unavailable};
use crate::protocol::form::FORM_LIMIT;
use crate::protocol::request::BODY_TIME;
use crate::protocol::{self, Answer, Body};

/// How many bodies are waited for at once. Whoever has one to send sends it with the head, so it waits for a moment only.
const MOST_BODIES: u32 = 256;

/// An endpoint of Postern's own.
#[derive(Clone, Copy)]
pub enum Own {
    /// One for applications.
    OAuth(oauth::Endpoint),
    /// One for people.
    People(people::Endpoint),
}

impl Own {
    /// The endpoint at `path`, if it is one on this site.
    #[must_use]
    pub fn at(path: &str, config: &Config) -> Option<Self> {
        let people = people::endpoint(path).map(Self::People);
        people.or_else(|| {
            let endpoint = oauth::endpoint(path)?;
            endpoint.is_there(config).then_some(Self::OAuth(endpoint))
        })
    }

    /// Whether what it answers is shown to people.
    #[must_use]
    pub const fn is_for_people(self) -> bool {
        match self {
            Self::OAuth(endpoint) => endpoint.is_for_people(),
            Self::People(endpoint) => endpoint.has_pages(),
        }
    }

    /// What is answered in place of the endpoint, readable for whoever may read its own answers.
    #[must_use]
    pub fn readable(self, answer: Answer) -> Answer {
        match self {
            Self::OAuth(endpoint) => endpoint.readable(answer),
            Self::People(_) => answer,
        }
    }

    /// Whether a request with this method needs its body read.
    #[must_use]
    pub fn reads_body(self, method: &str) -> bool {
        match self {
            Self::OAuth(endpoint) => endpoint.reads_body(method),
            Self::People(endpoint) => endpoint.reads_body(method),
        }
    }
}

/// What an endpoint answers.
pub async fn answer(
    endpoint: Own,
    isolate: &'static Isolate,
    seen: Seen<'_>,
    outside: &Outside,
) -> Answer {
    let head = seen.head;
    let body = if endpoint.reads_body(head.method()) {
        match body(seen.request).await {
            Ok(body) => body,
            Err(answer) => return endpoint.readable(answer),
        }
    } else {
        Body::None
    };
    let (path, query) = path::split(head.url());
    let request = protocol::Request {
        method: head.method(),
        origin: path::origin(head.url()),
        path,
        query,
        authorization: head.authorization(),
        content_type: head.content_type(),
        body,
        sender: &seen,
    };
    let (config, resolver) = (&isolate.config, &isolate.resolver);
    match endpoint {
        Own::OAuth(endpoint) => oauth::answer(endpoint, request, config, resolver, outside).await,
        Own::People(endpoint) => {
            let known = (&isolate.providers, &isolate.transmitters);
            people::answer(endpoint, request, config, resolver, known, outside).await
        }
    }
}

/// The body, or what is answered where none is waited for any longer.
///
/// # Errors
/// That answer.
async fn body(request: &Request) -> Result<Body, Answer> {
    let limit = u32::try_from(FORM_LIMIT).expect("32 KiB");
    let milliseconds = u32::try_from(BODY_TIME.as_millis()).expect("ten seconds");
    let promise = host::body_in_time(request, limit, milliseconds, MOST_BODIES);
    let Ok(given) = task::wait(promise).await else {
        return Ok(Body::Unreadable);
    };
    if let Some(bytes) = host::bytes_of(&given) {
        return Ok(Body::of(bytes));
    }
    match given.as_string().as_deref() {
        None => Ok(Body::TooLarge),
        Some("late") => Err(Body::late()),
        Some(_) => {
            let cause = format!("{MOST_BODIES} other bodies are waited for");
            platform::emit(&Unavailable::new(Dependency::Isolate, cause).event());
            Err(Answer::unavailable())
        }
    }
}
