//! The page that shows a person where they are logged in.
//!
//! The form sends `session`, the id of one to end, or `all`, beside its hidden fields. The session in
//! which the page is shown is ended by logging out, so that the provider is told as well.

use maud::{Markup, html};

use super::brand::Brand;
use super::frame::{Frame, Hidden, hidden};
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
    /// Who is logged in.
    pub username: &'a str,
    /// The path at which they log out here.
    pub logout: &'a str,
    /// Their sessions, in the order in which they are shown.
    pub sessions: &'a [SessionItem<'a>],
    /// What was just done: `One session was ended.`
    pub notice: Option<&'a str>,
}

/// A session.
pub struct SessionItem<'a> {
    /// What the form sends to end it.
    pub id: &'a str,
    /// What it is with, where that is not this site itself.
    pub client: Option<&'a str>,
    /// The browser it was begun in, in a few words.
    pub browser: &'a str,
    /// About where that was.
    pub place: Option<&'a str>,
    /// When it was begun.
    pub begun: Time,
    /// When it was last used, as far as that is known.
    pub seen: Option<Time>,
    /// Whether it is the one in which this page is shown.
    pub is_this: bool,
}

impl Sessions<'_> {
    /// The page as an answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let frame = Frame {
            is_wide: true,
            ..Frame::new(self.brand, "Where you are logged in")
        };
        let content = html! {
            h1 { "Where you are logged in" }
            p class="lead" {
                "Logged in to " strong { (self.brand.name) } " as " strong { (self.username) } "."
            }
            @if let Some(notice) = self.notice {
                p class="notice" role="status" { (notice) }
            }
            form method="post" action=(self.action) {
                (hidden(self.hidden))
                @if self.sessions.is_empty() {
                    p { "There is nothing to show yet. A new session is listed within a minute." }
                } @else {
                    ul class="sessions" {
                        @for (at, session) in self.sessions.iter().enumerate() {
                            (item(at, session, self.logout))
                        }
                    }
                }
                div class="all" {
                    p {
                        "Something here that you do not know? End it, and change your password where "
                        "you log in."
                    }
                    button type="submit" name="all" value="yes" class="danger" { "Log out everywhere" }
                }
            }
            @if !self.sessions.iter().any(|session| session.is_this) {
                p class="aside" { a href=(self.logout) { "Log out of this browser only" } }
            }
        };
        frame.answer(&content)
    }
}

fn item(at: usize, session: &SessionItem<'_>, logout: &str) -> Markup {
    let title = format!("session-{at}");
    html! {
        li {
            div {
                h2 id=(title) {
                    (session.browser)
                    @if session.is_this { " " span class="badge" { "This browser" } }
                }
                p class="facts" {
                    @if let Some(client) = session.client { span { "For " (client) } }
                    @if let Some(place) = session.place { span { (place) } }
                    span { "Begun " (when(session.begun)) }
                    @if let Some(seen) = session.seen { span { "Last seen " (when(seen)) } }
                }
            }
            @if session.is_this {
                a class="button quiet small" href=(logout) aria-describedby=(title) { "Log out" }
            } @else {
                button type="submit" name="session" value=(session.id) class="quiet small"
                    aria-describedby=(title) { "End" }
            }
        }
    }
}
