//! The page that a person gets whose request the gate refuses.
//!
//! Not its job: why a request is refused, and what is said of it.

use maud::html;

use super::brand::Brand;
use super::frame::{Back, Frame};
use crate::protocol::Answer;
use crate::protocol::answer::Text;

/// What a person is told: plain words, and nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What happened, in a few words.
    pub title: &'static str,
    /// The same in a sentence or two.
    pub text: Text,
    /// What to do next.
    pub advice: &'static str,
}

/// The page.
pub struct Refused<'a> {
    /// Whose page it is.
    pub brand: &'a Brand,
    /// Its status code.
    pub status: u16,
    /// What it says.
    pub told: &'a Told,
    /// What there is to correct, one by one. Only whoever develops sees it.
    pub problems: &'a [String],
    /// Where to try again, a path of this site, if that may help.
    pub again: Option<&'a str>,
    /// What the log calls this request.
    pub reference: Option<&'a str>,
    /// Whether it stands at the front page, where no way leads back.
    pub is_front_page: bool,
}

impl Refused<'_> {
    /// The page as an answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let told = self.told;
        let frame = Frame {
            status: self.status,
            back: if self.is_front_page {
                Back::Nowhere
            } else {
                Back::Home
            },
            ..Frame::new(self.brand, told.title)
        };
        let content = html! {
            h1 { (told.title) }
            p class="lead" { (told.text) }
            p { (told.advice) }
            @if !self.problems.is_empty() {
                ul class="problems" {
                    @for problem in self.problems { li { (problem) } }
                }
            }
            @if let Some(href) = self.again {
                p { a class="button" href=(href) { "Try again" } }
            }
            @if let Some(reference) = self.reference {
                p class="reference" { "Error " (self.status) ", reference " code { (reference) } }
            }
        };
        frame.answer(&content)
    }
}
