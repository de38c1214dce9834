//! Postern's own answers as the platform's responses.
//!
//! An answer of which everything is known at the isolate's start (a refusal) crosses to JavaScript once; from then on it
//! is a number. Where only the body varies, only the body crosses.
//!
//! Nothing of one person is ever kept. What is made for a request is owned text: an answer with an owned header is not
//! kept at all, and one with an owned body is kept without the body.

use std::borrow::Cow;
use std::cell::RefCell;

use web_sys::Response;

use super::host;
use crate::protocol::Answer;
use crate::protocol::answer::Text;

/// How many answers are kept. A configuration has a few for each route.
const KEPT: usize = 256;

/// An answer as `host.js` keeps it, under its place in this list. What it is made of lives as long as
/// the instance, so its texts are told apart by where they are.
#[derive(PartialEq, Eq)]
struct Prepared {
    status: u16,
    headers: Vec<(*const str, *const str)>,
    /// `None` where it varies.
    body: Option<*const str>,
}

thread_local! {
    static PREPARED: RefCell<Vec<Prepared>> = const { RefCell::new(Vec::new()) };
}

/// The response of an answer; to a `HEAD` request without its body.
#[must_use]
pub fn response(answer: &Answer, is_head: bool) -> Response {
    // A status that has no body takes no empty one either.
    let body = if is_head || answer.body.is_empty() {
        &Cow::Borrowed("")
    } else {
        &answer.body
    };
    let varying = match body {
        Cow::Borrowed(_) => None,
        Cow::Owned(body) => Some(body.as_str()),
    };
    match prepare(answer, body) {
        Some(index) => host::send_prepared(index, varying),
        None => host::answer(answer.status, &lines(answer), body),
    }
}

/// The number of an answer, which is prepared now if it has not been yet; `None` where its headers
/// vary or there are too many answers.
fn prepare(answer: &Answer, body: &Text) -> Option<u32> {
    PREPARED.with_borrow_mut(|prepared| {
        let known = prepared.iter().position(|it| it.is(answer, body));
        let index = match known {
            Some(index) => index,
            None if prepared.len() < KEPT => {
                prepared.push(Prepared::new(answer, body)?);
                host::keep_prepared(answer.status, &lines(answer), constant(body).unwrap_or(""));
                prepared.len() - 1
            }
            None => return None,
        };
        u32::try_from(index).ok()
    })
}

impl Prepared {
    fn new(answer: &Answer, body: &Text) -> Option<Self> {
        let header = |(name, value): &(&'static str, Text)| {
            Some((
                std::ptr::from_ref(*name),
                std::ptr::from_ref(constant(value)?),
            ))
        };
        Some(Self {
            status: answer.status,
            headers: answer.headers.iter().map(header).collect::<Option<_>>()?,
            body: constant(body).map(std::ptr::from_ref),
        })
    }

    fn is(&self, answer: &Answer, body: &Text) -> bool {
        let same = |known: *const str, text: Option<&'static str>| {
            text.is_some_and(|text| std::ptr::eq(known, text))
        };
        self.status == answer.status
            && self.headers.len() == answer.headers.len()
            && self.body.is_some() == constant(body).is_some()
            && self.body.is_none_or(|known| same(known, constant(body)))
            && self
                .headers
                .iter()
                .zip(&answer.headers)
                .all(|(known, (name, value))| {
                    std::ptr::eq(known.0, *name) && same(known.1, constant(value))
                })
    }
}

const fn constant(text: &Text) -> Option<&'static str> {
    match text {
        Cow::Borrowed(text) => Some(text),
        Cow::Owned(_) => None,
    }
}

/// The headers as `host.js` takes them.
fn lines(answer: &Answer) -> String {
    let mut headers = String::with_capacity(256);
    for (name, value) in &answer.headers {
        if !headers.is_empty() {
            headers.push('\n');
        }
        headers.push_str(name);
        headers.push(':');
        // No value has a line break. If one did, it would be cut off there and could not begin another header.
        headers.extend(value.chars().take_while(|c| *c != '\n'));
    }
    headers
}
