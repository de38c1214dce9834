//! The page that shows people where they are signed in.
//!
//! The form sends `session`, the id of one to end, or `withdraw`, the id of a client whose access is taken
//! back, or `all`, beside its hidden fields. The session in
//! which the page is shown has a link to the sign-out page instead, so that the provider is told too.

use maud::{Markup, html};

use super::brand::Brand;
use super::frame::{Back, Frame, Hidden, hidden};
use super::script::Script;
use super::when::when;
use crate::protocol::Answer;
use crate::time::Time;

/// The page.
pub struct Sessions<'a> {
    /// Whose page it is.
    pub brand: &'a Brand,
    /// Where the form is sent, a path of this site.
    pub action: &'a str,
    /// The form token.
    pub hidden: &'a [Hidden<'a>],
    /// Who is signed in.
    pub username: &'a str,
    /// The path of the sign-out page.
    pub logout: &'a str,
    /// Their sessions, in the order in which they are shown.
    pub sessions: &'a [SessionItem<'a>],
    /// Where the older sessions are, if there are more than these.
    pub older: Option<&'a str>,
    /// What they agreed to, in the order in which it is shown.
    pub consents: &'a [ConsentItem<'a>],
    /// What was just done: `The session was ended.`
    pub notice: Option<&'a str>,
}

/// A session.
pub struct SessionItem<'a> {
    /// What the form sends to end it.
    pub id: &'a str,
    /// The client that it is with, unless that is this site itself.
    pub client: Option<&'a str>,
    /// The browser in which it began, in a few words.
    pub browser: &'a str,
    /// Roughly where that was.
    pub place: Option<&'a str>,
    /// When it began.
    pub begun: Time,
    /// When it was last used, as far as that is known.
    pub seen: Option<Time>,
    /// Whether it is the one in which this page is shown.
    pub is_this: bool,
}

/// What a person agreed to with a client.
pub struct ConsentItem<'a> {
    /// What the form sends to take it back.
    pub id: &'a str,
    /// What the client is called.
    pub client: &'a str,
    /// What it may have; empty if that is nothing but to know who the person is.
    pub scope: &'a str,
    /// When the person last agreed.
    pub agreed: Time,
}

impl Sessions<'_> {
    /// The page as an answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let frame = Frame {
            is_wide: true,
            scripts: &[Script::TIMES],
            back: Back::Home,
            ..Frame::new(self.brand, "Where you are signed in")
        };
        let content = html! {
            h1 { "Where you are signed in" }
            p class="lead" {
                "You are signed in to " strong { (self.brand.name) } " as " strong { (self.username) } "."
            }
            @if let Some(notice) = self.notice {
                p class="notice" role="status" { (notice) }
            }
            form method="post" action=(self.action) {
                (hidden(self.hidden))
                @if self.sessions.is_empty() {
                    p { "There is no session to show here." }
                } @else {
                    ul class="sessions" {
                        @for (at, session) in self.sessions.iter().enumerate() {
                            (item(at, session, &self.brand.name, self.logout))
                        }
                    }
                }
                @if let Some(older) = self.older {
                    p class="aside" { "There are more sessions. " a href=(older) { "Show older sessions" } }
                }
                @if !self.consents.is_empty() {
                    h2 class="part" { "What you have allowed" }
                    ul class="sessions" {
                        @for (at, consent) in self.consents.iter().enumerate() { (allowed(at, consent)) }
                    }
                }
                div class="all" {
                    p {
                        "Do you see something that you do not recognize? End that session, and change "
                        "the password that you sign in with."
                    }
                    button type="submit" name="all" value="yes" class="danger" { "Sign out everywhere" }
                }
            }
            @if !self.sessions.iter().any(|session| session.is_this) {
                p class="aside" { a href=(self.logout) { "Sign out of this browser only" } }
            }
        };
        frame.answer(&content)
    }
}

fn allowed(at: usize, consent: &ConsentItem<'_>) -> Markup {
    let title = format!("consent-{at}");
    html! {
        li {
            div {
                h3 id=(title) { (consent.client) }
                p class="facts" {
                    @if !consent.scope.is_empty() { span { "May use " (consent.scope) } }
                    span { "Allowed " (when(consent.agreed)) }
                }
            }
            button type="submit" name="withdraw" value=(consent.id) class="quiet small"
                aria-describedby=(title) { "Take back" }
        }
    }
}

fn item(at: usize, session: &SessionItem<'_>, site: &str, logout: &str) -> Markup {
    let title = format!("session-{at}");
    html! {
        li {
            div {
                h2 id=(title) {
                    (session.client.unwrap_or(site))
                    @if session.is_this { " " span class="badge" { "This browser" } }
                }
                p class="facts" {
                    span { (session.browser) }
                    @if let Some(place) = session.place { span { (place) } }
                    span { "Started " (when(session.begun)) }
                    @if let Some(seen) = session.seen { span { "Last active " (when(seen)) } }
                }
            }
            @if session.is_this {
                a class="button quiet small" href=(logout) aria-describedby=(title) { "Sign out" }
            } @else {
                button type="submit" name="session" value=(session.id) class="quiet small"
                    aria-describedby=(title) { "End session" }
            }
        }
    }
}
