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
    /// The same in a sentence or two, without anything secret.
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
    /// The page where something did not answer: 503, and when to try again.
    #[must_use]
    pub fn unavailable(brand: &'a Brand) -> Answer {
        let page = Self {
            brand,
            status: 503,
            title: "This page is not available right now",
            text: "A service that it depends on did not respond.",
            advice: Some("Wait a moment, then try again."),
            link: None,
        };
        page.answer().with("retry-after", "2")
    }

    /// The page for a form that this site did not show to this browser, or that is too old: 403.
    #[must_use]
    pub fn stale_form(brand: &'a Brand, link: Option<Link<'a>>) -> Answer {
        let page = Self {
            brand,
            status: 403,
            title: "This form has expired",
            text: "It was open for too long, it was sent from another site, or your browser blocks \
                   cookies. Nothing was changed.",
            advice: Some("Allow cookies for this site, open the page again, and try once more."),
            link,
        };
        page.answer()
    }

    /// The page as an answer.
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
        frame.answer(&content)
    }
}
