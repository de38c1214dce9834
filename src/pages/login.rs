//! The page on which people sign in: with a password, with another provider, or with a choice of both.
//!
//! The form sends `username`, `password`, `return_to` and the form token. Providers are links and not a
//! form: a page's policy holds a form to this site through every redirect, and a provider is another one.

use std::borrow::Cow;
use std::time::Duration;

use maud::{Markup, html};

use super::brand::Brand;
use super::frame::{Frame, Hidden, hidden};
use super::script::Script;
use crate::protocol::Answer;

/// The ID of what went wrong, which the fields point to.
const PROBLEM: &str = "problem";

/// The page.
pub struct Login<'a> {
    /// Whose page it is.
    pub brand: &'a Brand,
    /// The form for accounts of this site, where there are any.
    pub password: Option<PasswordForm<'a>>,
    /// The other providers to sign in with.
    pub providers: &'a [ProviderLink<'a>],
    /// Why it is shown again.
    pub problem: Option<LoginProblem>,
    /// What the provider calls the person who does not have access.
    pub known_as: Option<&'a str>,
}

/// The form for accounts.
pub struct PasswordForm<'a> {
    /// Where it is sent, a path of this site.
    pub action: &'a str,
    /// The form token, and where the login leads back to.
    pub hidden: &'a [Hidden<'a>],
    /// The name that is filled in: `login_hint`, or what was typed before. May be empty.
    pub username: &'a str,
}

/// Another provider.
pub struct ProviderLink<'a> {
    /// What it is called.
    pub name: &'a str,
    /// The path and query of this site at which a login with it begins.
    pub href: &'a str,
    /// Whether it lets people choose another account than the one that it knows.
    pub is_other_account: bool,
}

/// Why the person is not signed in yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginProblem {
    /// There is no such name, or it has another password. The page does not tell which.
    WrongPassword,
    /// There have been too many attempts under this name or from this address. The next one may be made after
    /// this time.
    TooManyAttempts(Duration),
    /// Too many people are signing in at this moment.
    Busy,
    /// The form was open for too long, or was not shown to this browser.
    FormExpired,
    /// The login with another provider took too long, or was begun in another browser.
    LoginExpired,
    /// The other provider says that it was not completed.
    Cancelled,
    /// The other provider's answer could not be used.
    ProviderFailed,
    /// The provider knows the person, who does not have access here.
    NotAllowed,
    /// The person has more groups or roles than can be taken.
    TooManyGroups,
    /// The provider did not have the person sign in as strongly as the page needs it.
    TooWeak,
}

impl LoginProblem {
    /// Every problem.
    pub const ALL: [Self; 10] = [
        Self::WrongPassword,
        Self::TooManyAttempts(Duration::from_mins(1)),
        Self::Busy,
        Self::FormExpired,
        Self::LoginExpired,
        Self::Cancelled,
        Self::ProviderFailed,
        Self::NotAllowed,
        Self::TooManyGroups,
        Self::TooWeak,
    ];

    const fn status(self) -> u16 {
        match self {
            Self::FormExpired | Self::LoginExpired | Self::Cancelled => 400,
            Self::WrongPassword | Self::NotAllowed | Self::TooManyGroups | Self::TooWeak => 403,
            Self::TooManyAttempts(_) => 429,
            Self::ProviderFailed => 502,
            Self::Busy => 503,
        }
    }

    /// After how many seconds to try again, where only that helps.
    fn retry_after(self) -> Option<u64> {
        match self {
            Self::TooManyAttempts(wait) => Some(wait.as_secs().max(1)),
            Self::Busy => Some(5),
            Self::WrongPassword
            | Self::FormExpired
            | Self::LoginExpired
            | Self::Cancelled
            | Self::ProviderFailed
            | Self::NotAllowed
            | Self::TooManyGroups
            | Self::TooWeak => None,
        }
    }

    /// What happened, and what to do.
    fn text(self) -> Cow<'static, str> {
        let text = match self {
            Self::WrongPassword => "Wrong user name or password. Check both and try again.",
            Self::TooManyAttempts(wait) => return too_many(wait).into(),
            Self::Busy => {
                "Too many people are signing in at this moment. Wait a few seconds, then try again."
            }
            Self::FormExpired => {
                "This page was open for too long, or your browser blocks cookies. Allow cookies for \
                 this site, then sign in again."
            }
            Self::LoginExpired => {
                "Signing in took too long, or was started in another browser. Please sign in again."
            }
            Self::Cancelled => "You did not finish signing in. Please try again.",
            Self::ProviderFailed => {
                "Something went wrong while signing you in with the other site. Try again in a \
                 moment. If it keeps happening, tell the administrator of this site."
            }
            Self::NotAllowed => {
                "Your account does not have access to this site. Sign in with another account, or \
                 ask the administrator of this site for access."
            }
            Self::TooManyGroups => {
                "Your account is in too many groups, or has too much other data, for this site. Trying \
                 again does not help. Tell the administrator of this site, so that the other site sends \
                 only what is needed here."
            }
            Self::TooWeak => {
                "The page that you opened needs a stronger sign-in, such as one with a second step, and the \
                 other site did not ask you for it. Set up a second step there, or tell the administrator of \
                 this site."
            }
        };
        text.into()
    }
}

fn too_many(wait: Duration) -> String {
    let minutes = wait.as_secs().div_ceil(60).max(1);
    let plural = if minutes == 1 { "" } else { "s" };
    format!(
        "Too many attempts to sign in. Wait {minutes} minute{plural}, then try again. A browser in which you \
         have signed in before may let you in sooner."
    )
}

impl Login<'_> {
    /// The page as an answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let frame = Frame {
            status: self.problem.map_or(200, LoginProblem::status),
            scripts: if self.password.is_some() {
                &[Script::FRAGMENT, Script::REVEAL]
            } else {
                &[Script::FRAGMENT]
            },
            ..Frame::new(self.brand, "Sign in")
        };
        let content = html! {
            h1 { "Sign in" }
            @if self.brand.logo.is_some() {
                p class="lead" { "to " strong { (self.brand.name) } }
            }
            @if let Some(problem) = self.problem {
                p id=(PROBLEM) class="problem" role="alert" {
                    @if let Some(name) = self.known_as {
                        "You signed in as " strong { (name) } ". "
                    }
                    (problem.text())
                }
            }
            @if !self.providers.is_empty() {
                ul class="stack" {
                    @for provider in self.providers {
                        li {
                            a class="button quiet" href=(provider.href) {
                                @if provider.is_other_account {
                                    "Use another " (provider.name) " account"
                                } @else {
                                    "Continue with " (provider.name)
                                }
                            }
                        }
                    }
                }
            }
            @if self.password.is_some() && !self.providers.is_empty() {
                p class="or" { span { "or" } }
            }
            @if let Some(form) = &self.password {
                (self.password_form(form))
            }
        };
        let page = frame.answer(&content);
        match self.problem.and_then(LoginProblem::retry_after) {
            Some(seconds) => page.with("retry-after", seconds.to_string()),
            None => page,
        }
    }

    fn password_form(&self, form: &PasswordForm<'_>) -> Markup {
        let described_by = self.problem.map(|_| PROBLEM);
        let is_wrong = self.problem == Some(LoginProblem::WrongPassword);
        let invalid = is_wrong.then_some("true");
        let is_named = !form.username.is_empty();
        // Where there is another way in, the first one has not been chosen for the person.
        let is_first = self.providers.is_empty();
        html! {
            form method="post" action=(form.action) {
                (hidden(form.hidden))
                div class="field" {
                    label for="username" { "User name" }
                    input id="username" name="username" type="text" value=(form.username)
                        autocomplete="username" autocapitalize="none" autocorrect="off"
                        spellcheck="false" maxlength="256" required autofocus[is_first && !is_named]
                        aria-invalid=[invalid] aria-describedby=[described_by];
                }
                div class="field" {
                    label for="password" { "Password" }
                    div class="secret" {
                        input id="password" name="password" type="password"
                            autocomplete="current-password" autocapitalize="none" autocorrect="off"
                            spellcheck="false" maxlength="1024" required
                            autofocus[is_named] aria-invalid=[invalid] aria-describedby=[described_by];
                        button id="reveal" type="button" class="reveal" aria-label="Show password"
                            aria-controls="password" hidden { "Show" }
                    }
                }
                button type="submit" { "Sign in" }
            }
        }
    }
}
