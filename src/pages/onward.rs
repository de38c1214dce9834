//! A page that goes on to another site at once.
//!
//! Job: ending the chain of redirects that follows a form (see [`super::form_target`]) before a provider's
//! sign-out, which may redirect to anywhere. The page has a link for browsers that do not go on by themselves.

use maud::html;

use super::brand::Brand;
use super::frame::Frame;
use crate::protocol::Answer;

/// The page.
pub struct Onward<'a> {
    /// Whose page it is.
    pub brand: &'a Brand,
    /// What has been done already, in a few words: `You are signed out here`.
    pub title: &'a str,
    /// What the other site is called, or its host.
    pub name: &'a str,
    /// Where it goes on to: an absolute URL that Postern made or checked.
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
            p class="lead" { "Taking you to " strong { (self.name) } ". If nothing happens, continue yourself." }
            p { a class="button quiet" href=(self.href) { "Continue" } }
        };
        frame.answer(&content)
    }
}
