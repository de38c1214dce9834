//! The page that asks whether a client may have what it asks for.
//!
//! The form sends `decision`, `allow` or `deny`, beside its hidden fields. A denial is sent too, because
//! the client is told of it (RFC 6749 section 4.1.2.1).

use maud::{Markup, html};

use super::brand::{Brand, Logo};
use super::frame::{Back, Frame, Hidden, hidden};
use crate::protocol::Answer;

/// The page.
pub struct Consent<'a> {
    /// Whose page it is.
    pub brand: &'a Brand,
    /// The path of this site to which the form is sent.
    pub action: &'a str,
    /// The form token, and the request that the person decides about.
    pub hidden: &'a [Hidden<'a>],
    /// What the client is called, or its id where it has no name.
    pub client: &'a str,
    /// Its picture.
    pub logo: Option<&'a Logo>,
    /// Where the answer goes: the host of the redirect URI, or the scheme of an app.
    pub redirect_host: &'a str,
    /// Who is signed in.
    pub username: &'a str,
    /// What it asks for.
    pub scopes: &'a [AskedScope<'a>],
    /// The path and query of this site at which another person can sign in for this request.
    pub other_account: Option<&'a str>,
}

/// One thing that a client asks for.
pub struct AskedScope<'a> {
    /// The scope token.
    pub token: &'a str,
    /// What it means, if the configuration says so. Then the token is not shown.
    pub description: Option<&'a str>,
}

impl Consent<'_> {
    /// The page as an answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let frame = Frame {
            picture: self.logo,
            back: Back::Nowhere,
            ..Frame::new(self.brand, "Allow access?")
        };
        let content = html! {
            @if let Some(logo) = self.logo {
                // The name is in the heading.
                img class="client" src=(logo.as_str()) alt="";
            }
            h1 { "Allow " span class="name" { (self.client) } " to access your account?" }
            p class="lead" {
                "You are signed in to " strong { (self.brand.name) } " as "
                strong { (self.username) } "."
                @if let Some(href) = self.other_account {
                    " Not you? " a href=(href) { "Use another account" }
                }
            }
            (self.asked())
            p class="note" {
                "You will go on to " strong { (self.redirect_host) } ". Allow this only if you "
                "know the application and started this yourself. You can take it back at any time."
            }
            form method="post" action=(self.action) {
                (hidden(self.hidden))
                div class="choice" {
                    button type="submit" name="decision" value="allow" { "Allow" }
                    button type="submit" name="decision" value="deny" class="quiet" { "Deny" }
                }
            }
        };
        frame.answer(&content)
    }

    fn asked(&self) -> Markup {
        html! {
            @if self.scopes.is_empty() {
                p { "It only asks to know who you are." }
            } @else {
                h2 { "It will be able to" }
                ul class="scopes" {
                    @for scope in self.scopes {
                        li {
                            @if let Some(description) = scope.description {
                                (description)
                            } @else {
                                "Use " code { (scope.token) }
                            }
                        }
                    }
                }
            }
        }
    }
}
