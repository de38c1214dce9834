//! The page for a person who is signed in, and whom a page is not for.

use maud::html;

use super::brand::Brand;
use super::frame::{Back, Frame};
use crate::protocol::Answer;

/// The page.
pub struct NotForYou<'a> {
    /// Whose page it is.
    pub brand: &'a Brand,
    /// Who is signed in.
    pub who: &'a str,
    /// Whom the page is for, in words: one of these is enough.
    pub needed: &'a [String],
    /// Where to sign in with another account, a path of this site.
    pub login: &'a str,
    /// What the log calls this request.
    pub reference: Option<&'a str>,
    /// Whether it stands at the front page, where no way leads back.
    pub is_front_page: bool,
}

impl NotForYou<'_> {
    /// The page as an answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let title = "You do not have access to this page";
        let frame = Frame {
            status: 403,
            back: if self.is_front_page {
                Back::Nowhere
            } else {
                Back::Home
            },
            ..Frame::new(self.brand, title)
        };
        let content = html! {
            h1 { (title) }
            p class="lead" { "You are signed in as " strong { (self.who) } "." }
            @match self.needed {
                [one] => p { "The page is for people with " strong { (one) } "." },
                several => {
                    p { "The page is for people with one of these:" }
                    ul class="problems" {
                        @for one in several { li { (one) } }
                    }
                }
            }
            p { "If you think that you should have access, ask the administrator of this site." }
            p { a class="button quiet" href=(self.login) { "Use another account" } }
            @if let Some(reference) = self.reference {
                p class="reference" { "Error 403, reference " code { (reference) } }
            }
        };
        frame.answer(&content)
    }
}
