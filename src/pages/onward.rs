//! A page that goes on to another site at once.
//!
//! Job: ending the chain of redirects that follows a form (see [`super::form_target`]), where a provider
//! logs people out and leads wherever it likes. A browser that does not go on by itself has a link.

use maud::html;

use super::brand::Brand;
use super::frame::Frame;
use crate::protocol::Answer;

/// The page.
pub struct Onward<'a> {
    /// Whose page it is.
    pub brand: &'a Brand,
    /// What has been done already, in a few words: `You are logged out here`.
    pub title: &'a str,
    /// What the other site is called, or its host.
    pub name: &'a str,
    /// Where it goes on to: an absolute URL that was made or checked by us.
    pub href: &'a str,
}

impl Onward<'_> {
    /// The page as an answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let frame = Frame {
            onward: Some(self.href),
            ..Frame::new(self.brand, self.title)
        };
        let content = html! {
            h1 { (self.title) }
            p class="lead" { "Taking you on to " strong { (self.name) } "." }
            p { a class="button quiet" href=(self.href) { "Continue" } }
        };
        frame.answer(&content)
    }
}
