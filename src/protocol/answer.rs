//! An HTTP answer that Postern writes itself.
//!
//! Job: status, headers and a short body, as plain data, so that every decision can be tested
//! without a runtime. Not its job: what an origin answers; that passes through untouched.

use std::borrow::Cow;
use std::fmt;

use super::error_code::ErrorCode;
use super::json;

/// Text that is mostly known at compile time or at start.
pub type Text = Cow<'static, str>;

/// An answer: a status, headers in order, and a body, which may hold a token and does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code (RFC 9110 section 15).
    pub status: u16,
    /// Names (lower case) and values.
    pub headers: Vec<(&'static str, Text)>,
    /// The body, UTF-8; empty where there is none.
    pub body: Text,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body", &format_args!("({} bytes)", self.body.len()))
            .finish()
    }
}

impl Answer {
    /// An answer without headers or body.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Cow::Borrowed(""),
        }
    }

    /// The same with one header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with this JSON text as its body, which nobody may store.
    #[must_use]
    pub fn json(self, body: impl Into<Text>) -> Self {
        let mut answer = self
            .with("content-type", "application/json")
            .with("cache-control", "no-store");
        answer.body = body.into();
        answer
    }

    /// An error as RFC 6749 section 5.2 writes it, which nobody may store.
    #[must_use]
    pub fn error(status: u16, code: ErrorCode, description: &str) -> Self {
        let body = serde_json::json!({
            "error": code.as_str(),
            "error_description": description,
        });
        Self::new(status).json(json::write(&body))
    }

    /// The answer where something could not be found out: 503 with `Retry-After` (seconds). Its body
    /// never varies; the cause goes to the log.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(503).with("retry-after", "2").json(
            "{\"error\":\"temporarily_unavailable\",\"error_description\":\"a store that this \
             answer depends on did not answer; nothing was decided; try again\"}",
        )
    }

    /// The value of the header `name` (lower case), if there is one.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, v)| v.as_ref())
    }
}
