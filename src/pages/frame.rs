//! What every page has: its head, its header, and its headers.
//!
//! The policy lets a page load only the style sheet and the logo, and run its own scripts ([`Script`]). Nobody may frame it, and its forms may
//! go only to this site and where the answer leads ([`FormTarget`]). `Referrer-Policy` is `same-origin` and not
//! `no-referrer`: with the latter, browsers send `Origin: null` with a form (Fetch section 3.2), and Postern could
//! not tell its own forms from another site's. Other sites learn nothing with either value.

use maud::{DOCTYPE, Markup, html};

use super::brand::Brand;
use super::form_target::FormTarget;
use super::script::Script;
use super::style;
use crate::protocol::Answer;

/// A page about to be written.
pub(super) struct Frame<'a> {
    pub(super) brand: &'a Brand,
    pub(super) status: u16,
    /// What it is, before the brand's name in the window's title.
    pub(super) title: &'a str,
    /// Where its forms may lead beside this site.
    pub(super) form_targets: &'a [FormTarget],
    /// Where the browser goes on to at once.
    pub(super) onward: Option<&'a str>,
    /// The scripts that it has.
    pub(super) scripts: &'a [Script],
    /// Whether it needs more room than a form.
    pub(super) is_wide: bool,
}

/// A hidden field of a form: its name and its value.
pub type Hidden<'a> = (&'a str, &'a str);

impl<'a> Frame<'a> {
    pub(super) const fn new(brand: &'a Brand, title: &'a str) -> Self {
        Self {
            brand,
            status: 200,
            title,
            form_targets: &[],
            onward: None,
            scripts: &[],
            is_wide: false,
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
                }
                body {
                    header {
                        @if let Some(logo) = &brand.logo {
                            img src=(logo.as_str()) alt=(brand.name);
                        } @else {
                            (mark())
                            span { (brand.name) }
                        }
                    }
                    main class=[self.is_wide.then_some("wide")] { (content) }
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

    fn policy(&self) -> String {
        let mut policy = String::with_capacity(256);
        policy.push_str("default-src 'none'; style-src 'self'; img-src 'self'");
        if let Some(origin) = self.brand.logo.as_ref().and_then(|logo| logo.origin()) {
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
        policy.push_str("; form-action 'self'");
        for target in self.form_targets {
            policy.push(' ');
            policy.push_str(target.as_str());
        }
        policy.push_str("; frame-ancestors 'none'; base-uri 'none'");
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

/// A little gate, where there is no logo.
fn mark() -> Markup {
    html! {
        svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" focusable="false" {
            path fill="currentColor" fill-rule="evenodd"
                d="M4 22V10a8 8 0 0 1 16 0v12h-5v-9.5a3 3 0 0 0-6 0V22z";
        }
    }
}
