//! A request to one of Postern's own endpoints, as plain data.
//!
//! Job: what the endpoints look at, so that each can be tested without a runtime. Not its job:
//! requests that go on to an origin; the gate reads those header by header.

/// A request, as far as the endpoints look at it. It may hold secrets, so it does not print.
pub struct Request<'a> {
    /// The method, as it was sent.
    pub method: &'a str,
    /// The path, as it was sent, without a query.
    pub path: &'a str,
    /// The query, as it was sent, without its `?`; `None` where there is none.
    pub query: Option<&'a str>,
    /// The value of `Authorization`.
    pub authorization: Option<&'a str>,
    /// The value of `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The body. It need only be read where the endpoint says so.
    pub body: Body,
    /// Everything else that came with it.
    pub sender: &'a dyn Sender,
}

/// The body of a request.
pub enum Body {
    /// There is none, or it was not read.
    None,
    /// All of it, at most [`crate::protocol::form::FORM_LIMIT`] bytes.
    Bytes(Vec<u8>),
    /// It has more than [`crate::protocol::form::FORM_LIMIT`] bytes; the rest was not read.
    TooLarge,
    /// It broke off.
    Unreadable,
}

/// Who sent a request, as far as it shows.
pub trait Sender {
    /// The value of the header `name` (lower case), several joined with `, `; `None` where there is
    /// none.
    fn header(&self, name: &'static str) -> Option<String>;

    /// About where it came from, for people to recognise: `Berlin, DE`. `None` where the platform
    /// does not know.
    fn place(&self) -> Option<String>;
}
