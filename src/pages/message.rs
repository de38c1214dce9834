//! A page that says one thing: what happened, and what to do next.

use maud::html;

use super::brand::Brand;
use super::frame::Frame;
use crate::protocol::Answer;

/// The page.
pub struct Message<'a> {
    /// Whose page it is.
    pub brand: &'a Brand,
    /// Its status code.
    pub status: u16,
    /// What happened, in a few words.
    pub title: &'a str,
    /// The same in a sentence or two. It may repeat nothing that is a secret.
    pub text: &'a str,
    /// What to do next.
    pub advice: Option<&'a str>,
    /// Where to do it.
    pub link: Option<Link<'a>>,
}

/// A link.
#[derive(Clone, Copy)]
pub struct Link<'a> {
    /// What it says.
    pub label: &'a str,
    /// Where it leads: a path of this site.
    pub href: &'a str,
}

impl<'a> Message<'a> {
    /// The page of everything that could not find out: 503, to be tried again.
    #[must_use]
    pub const fn unavailable(brand: &'a Brand) -> Self {
        Self {
            brand,
            status: 503,
            title: "This is not possible right now",
            text: "Something that this page depends on did not answer. Nothing was changed or decided.",
            advice: Some("Wait a moment, then try again."),
            link: None,
        }
    }

    /// The page of a form that is not from here, or is too old (403).
    #[must_use]
    pub const fn stale_form(brand: &'a Brand, link: Option<Link<'a>>) -> Self {
        Self {
            brand,
            status: 403,
            title: "That form is no longer good",
            text: "It was open for too long, it was sent from another site, or your browser keeps no \
                   cookies. Nothing was changed.",
            advice: Some("Open the page again, and repeat what you wanted to do."),
            link,
        }
    }

    /// The page as an answer. With status 503 it says when to try again.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let frame = Frame {
            status: self.status,
            ..Frame::new(self.brand, self.title)
        };
        let content = html! {
            h1 { (self.title) }
            p class="lead" { (self.text) }
            @if let Some(advice) = self.advice {
                p { (advice) }
            }
            @if let Some(link) = &self.link {
                p { a class="button quiet" href=(link.href) { (link.label) } }
            }
        };
        let answer = frame.answer(&content);
        if self.status == 503 {
            answer.with("retry-after", "2")
        } else {
            answer
        }
    }
}
