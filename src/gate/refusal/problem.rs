//! A refusal: its reason for the log, and the problem document that the client gets (RFC 9457).

use super::barred::Barred;
use super::told;
use crate::pages::Told;
use crate::protocol::Answer;
use crate::protocol::answer::Text;

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, for the log; never for the client.
    pub reason: &'static str,
    /// The place of the issuer whose token was refused, where that is another one. For the log as well.
    pub issuer: Option<u8>,
    /// What the client gets. `HEAD` gets the same without the body.
    pub answer: Answer,
    /// What a person gets told instead of the body.
    pub(super) told: &'static Told,
    /// Whom it is not for, instead of what is told.
    pub(super) barred: Option<Box<Barred>>,
}

/// A problem document without an OAuth error code, or with one.
macro_rules! problem {
    ($status:literal, $title:literal, $detail:literal) => {
        concat!(
            "{\"type\":\"about:blank\",\"title\":\"",
            $title,
            "\",\"status\":",
            $status,
            ",\"detail\":\"",
            $detail,
            "\"}"
        )
    };
    ($status:literal, $title:literal, $error:literal, $detail:literal) => {
        concat!(
            "{\"type\":\"about:blank\",\"title\":\"",
            $title,
            "\",\"status\":",
            $status,
            ",\"error\":\"",
            $error,
            "\",\"detail\":\"",
            $detail,
            "\"}"
        )
    };
}
pub(in crate::gate) use problem;

impl Refusal {
    pub(in crate::gate) fn new(status: u16, reason: &'static str, body: impl Into<Text>) -> Self {
        let mut answer = Answer::new(status)
            .with("content-type", "application/problem+json")
            .with("cache-control", "no-store");
        answer.body = body.into();
        Self {
            reason,
            issuer: None,
            answer,
            told: told::of(status),
            barred: None,
        }
    }

    /// A person is led to another page.
    pub(super) const fn redirect(reason: &'static str, answer: Answer) -> Self {
        Self {
            reason,
            issuer: None,
            answer,
            told: &told::BAD_REQUEST,
            barred: None,
        }
    }

    /// The same, with something of its own to tell people.
    pub(super) const fn telling(mut self, told: &'static Told) -> Self {
        self.told = told;
        self
    }

    /// The same, for a person whom it names.
    pub(super) fn barring(mut self, barred: Barred) -> Self {
        self.barred = Some(Box::new(barred));
        self
    }

    pub(in crate::gate) fn with(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.answer = self.answer.with(name, value);
        self
    }

    /// The status code of the answer.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.answer.status
    }
}
