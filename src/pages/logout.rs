//! The pages before and after signing out.

use maud::html;

use super::brand::{Brand, Home};
use super::frame::{Back, Frame, Hidden, hidden};
use super::message::Link;
use crate::protocol::Answer;

/// Asks whether to sign out. A GET ends nothing: any page could have sent the browser here.
pub struct Logout<'a> {
    /// Whose page it is.
    pub brand: &'a Brand,
    /// Where the form is sent, a path of this site.
    pub action: &'a str,
    /// The form token.
    pub hidden: &'a [Hidden<'a>],
    /// Who is signed in.
    pub username: &'a str,
    /// The path of the list of sessions.
    pub sessions: &'a str,
}

impl Logout<'_> {
    /// The page as an answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let frame = Frame {
            back: Back::Home,
            ..Frame::new(self.brand, "Sign out?")
        };
        let content = html! {
            h1 { "Sign out?" }
            p class="lead" {
                "You are signed in to " strong { (self.brand.name) } " as "
                strong { (self.username) } "."
            }
            form method="post" action=(self.action) {
                (hidden(self.hidden))
                div class="choice" {
                    button type="submit" { "Sign out" }
                    @if self.brand.home != Home::Closed {
                        a class="button quiet" href="/" { "Cancel" }
                    }
                }
            }
            p class="aside" {
                a href=(self.sessions) { "See all your sessions" }
            }
        };
        frame.answer(&content)
    }
}

/// Says that nobody is signed in any more.
pub struct LoggedOut<'a> {
    /// Whose page it is.
    pub brand: &'a Brand,
    /// Where to go from here, such as signing in again.
    pub link: Option<Link<'a>>,
}

impl LoggedOut<'_> {
    /// The page as an answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let content = html! {
            h1 { "You are signed out" }
            p class="lead" {
                "This browser is no longer signed in to " strong { (self.brand.name) } "."
            }
            p {
                "If you share this device, close the browser too: it may still show pages that you "
                "have visited."
            }
            @if let Some(link) = &self.link {
                p { a class="button quiet" href=(link.href) { (link.label) } }
            }
        };
        Frame::new(self.brand, "Signed out").answer(&content)
    }
}
