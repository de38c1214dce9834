//! What every page has: its head, its header, and its headers.
//!
//! The policy lets a page load only the style sheet and the logo, and run its own scripts ([`Script`]). Nobody may frame it, and its
//! forms may lead only to this site. Chromium holds a form to that through every redirect that follows, those of other sites
//! included. So what leads elsewhere after a form is a page that goes on by itself ([`super::Onward`]). `Referrer-Policy` is `same-origin` and not
//! `no-referrer`: with the latter, browsers send `Origin: null` with a form (Fetch section 3.2), and Postern could
//! not tell its own forms from another site's. Other sites learn nothing with either value.

use maud::{DOCTYPE, Markup, html};

use super::brand::{Brand, Home, Logo};
use super::script::Script;
use super::{icon, style};
use crate::protocol::Answer;

/// A page about to be written.
pub(super) struct Frame<'a> {
    pub(super) brand: &'a Brand,
    pub(super) status: u16,
    /// What it is, before the brand's name in the window's title.
    pub(super) title: &'a str,
    /// Where the browser goes on to at once.
    pub(super) onward: Option<&'a str>,
    /// The scripts that it has.
    pub(super) scripts: &'a [Script],
    /// Whether it needs more room than a form.
    pub(super) is_wide: bool,
    /// A picture in it beside the logo of the site.
    pub(super) picture: Option<&'a Logo>,
    /// Where its way back leads.
    pub(super) back: Back,
}

/// The way back from a page to the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Back {
    /// To the front page, if everyone may see that.
    OpenHome,
    /// To the front page, if there is one: the person is signed in, or may be.
    Home,
    /// There is none.
    Nowhere,
}

/// A hidden field of a form: its name and its value.
pub type Hidden<'a> = (&'a str, &'a str);

impl<'a> Frame<'a> {
    pub(super) const fn new(brand: &'a Brand, title: &'a str) -> Self {
        Self {
            brand,
            status: 200,
            title,
            onward: None,
            scripts: &[],
            is_wide: false,
            picture: None,
            back: Back::OpenHome,
        }
    }

    /// The whole page, with `content` as its main part.
    pub(super) fn answer(&self, content: &Markup) -> Answer {
        let brand = self.brand;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    @if let Some(url) = self.onward {
                        meta http-equiv="refresh" content={ "0; url=" (url) };
                    }
                    title { (self.title) " · " (brand.name) }
                    link rel="stylesheet" href=(style::URL);
                    @if !brand.has_icon { link rel="icon" href=(icon::PATH) type="image/svg+xml"; }
                }
                body {
                    header {
                        @if let Some(logo) = &brand.logo {
                            img src=(logo.as_str()) alt=(brand.name);
                        } @else {
                            (icon::mark())
                            span { (brand.name) }
                        }
                    }
                    main class=[self.is_wide.then_some("wide")] { (content) }
                    @if self.has_way_back() {
                        footer { a href="/" { "Back to " (brand.name) } }
                    }
                    @for script in self.scripts { (script.element()) }
                }
            }
        };
        let referrer = if self.onward.is_some() {
            "no-referrer"
        } else {
            "same-origin"
        };
        let mut answer = Answer::new(self.status)
            .with("content-type", "text/html; charset=utf-8")
            .with("cache-control", "no-store")
            .with("content-security-policy", self.policy())
            .with("x-frame-options", "DENY")
            .with("referrer-policy", referrer)
            .with("x-content-type-options", "nosniff")
            .with("cross-origin-opener-policy", "same-origin");
        answer.body = page.into_string().into();
        answer
    }

    const fn has_way_back(&self) -> bool {
        match (self.back, self.brand.home) {
            (Back::Nowhere, _) | (_, Home::Closed) => false,
            (Back::OpenHome, home) => matches!(home, Home::Open),
            (Back::Home, Home::Open | Home::SignedIn) => true,
        }
    }

    fn policy(&self) -> String {
        let mut policy = String::with_capacity(256);
        policy.push_str("default-src 'none'; style-src 'self'; img-src 'self'");
        let own = self.brand.logo.as_ref();
        for origin in [own, self.picture]
            .into_iter()
            .flatten()
            .filter_map(Logo::origin)
        {
            policy.push(' ');
            policy.push_str(origin);
        }
        if !self.scripts.is_empty() {
            policy.push_str("; script-src");
        }
        for script in self.scripts {
            policy.push(' ');
            policy.push_str(&script.source());
        }
        policy.push_str("; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
        policy
    }
}

/// The hidden fields of a form.
pub(super) fn hidden(fields: &[Hidden<'_>]) -> Markup {
    html! {
        @for (name, value) in fields {
            input type="hidden" name=(name) value=(value);
        }
    }
}
