//! The endpoints of Postern's own, and the bodies that they read.
//!
//! Job: which endpoint a request is for, and its body, for which nobody waits without end. Not its job: the answer.

use web_sys::Request;

use super::{host, platform, task};
use crate::oauth;
use crate::people;
use crate::ports::{Dependency, Unavailable};
use crate::protocol::form::FORM_LIMIT;
use crate::protocol::request::BODY_TIME;
use crate::protocol::{Answer, Body};

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
    /// The endpoint at `path`, if it is one.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        let people = people::endpoint(path).map(Self::People);
        people.or_else(|| oauth::endpoint(path).map(Self::OAuth))
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

/// The body, or what is answered where none is waited for any longer.
///
/// # Errors
/// That answer.
pub async fn body(request: &Request) -> Result<Body, Answer> {
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
