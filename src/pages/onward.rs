//! A page that goes on at once.
//!
//! Job: ending the chain of redirects that follows a form. Chromium checks a form against its page's `form-action` when it
//! is sent, and again at every redirect that follows, even of other sites (Content Security Policy Level 3, section
//! 6.3.1); other browsers differ. The form may lead to an application on the person's machine, to one behind a private
//! scheme, or to a provider's sign-out, and each may redirect to anywhere, so no list in a policy would be right. What
//! follows this page is no longer the form's doing. It takes no place in the browser's history (HTML, "shared declarative
//! refresh steps": it is replaced). It has a link for browsers that do not go on by themselves, and because some open an
//! application only if somebody pressed something.

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
    /// Where it goes on to: an absolute URL or a path of this site, which Postern made or checked.
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
