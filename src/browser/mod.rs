//! What Postern keeps in a browser, and what it believes of what the browser sends.
//!
//! Job: cookies, what notes are sealed for, form tokens, under which names a browser has logged in, where a login returns
//! to, where people go who came to another address, whether a request comes from a page of this site, and a name for a browser that people recognise. Not its job: who is logged in. A ticket
//! is a token, and [`crate::resolve`] finds out what it means.

pub mod cookies;
pub mod elsewhere;
pub mod form_token;
pub mod fragment;
pub mod known;
pub mod pieces;
pub mod return_to;
pub mod same_site;
pub mod sealed;
#[cfg(test)]
mod tests;
pub mod user_agent;

pub use cookies::CookieName;
pub use elsewhere::Elsewhere;
pub use form_token::{BrowserId, FormUse};
pub use fragment::Fragment;
pub use known::KnownBrowser;
pub use return_to::ReturnTo;
pub use sealed::Purpose;
