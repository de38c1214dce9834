//! The note that a browser keeps of a login with a provider, in a cookie of its own for each.
//!
//! ```text
//! note = login                       ; see the state of a login, whose first byte is 1 or 2
//!      / 0 target                    ; it is over, and this was wanted
//! ```
//! A login may be finished within [`LOGIN_LIFETIME`]. The cookie stays longer: whoever comes back too late, or once
//! more, is led to the page that they wanted.

use std::time::Duration;

use super::services::Services;
use super::wanted::Wanted;
use crate::browser::cookies::CookieName;
use crate::browser::pieces;
use crate::browser::sealed::Purpose;
use crate::ports::PersonPorts;
use crate::protocol::Answer;
use crate::provider::{LOGIN_LIFETIME, LoginState};

/// How long the browser keeps the note of a login that was not finished.
const KEPT: Duration = Duration::from_hours(24);

/// How many a browser keeps at most. It has room for some 180 cookies of a site, and throws others out for more.
const MOST: usize = 20;

/// With longer cookies than this, only the newest is kept: long URLs make long notes, and platforms limit a request's head.
const LONGEST_COOKIES: usize = 24_000;

/// A longer URL is not kept after the login: it would go along with every request, in several cookies.
const LONGEST_TARGET: usize = 2_048;

const OVER: u8 = 0;

/// What a note says.
pub(super) enum LoginNote {
    /// The login may be finished.
    Open(LoginState),
    /// It is over, or was open for too long.
    Over(Wanted),
}

impl<P: PersonPorts> Services<'_, P> {
    /// The note under this name in a `Cookie` header, if it was written here.
    pub(super) fn login_note(&self, name: &CookieName, cookies: &str) -> Option<LoginNote> {
        let keys = self.visitor.resolver.keys();
        let sealed = pieces::read(name, cookies)?;
        let opened = Purpose::Login.open_of_any_age(keys, name.as_str(), &sealed);
        let (payload, expires_at) = opened.ok()?;
        if let Some((&OVER, target)) = payload.split_first() {
            let target = str::from_utf8(target).ok()?;
            return Some(LoginNote::Over(Wanted::to(target)));
        }
        let state = LoginState::from_bytes(&payload)?;
        if self.ports().now().has_reached(expires_at) {
            return Some(LoginNote::Over(Wanted::of(&state)));
        }
        Some(LoginNote::Open(state))
    }

    /// The answer, with the note of a login that has begun, and without the oldest notes if there are very many.
    pub(super) fn with_login_note(&self, answer: Answer, state: &LoginState) -> Answer {
        let name = CookieName::login(&state.state()).expect("a state is 22 of base64url");
        let cookies = self.visitor.cookies();
        let kept = CookieName::logins(&cookies);
        let most = if cookies.len() > LONGEST_COOKIES {
            1
        } else {
            MOST - 1
        };
        let surplus = kept.len().saturating_sub(most);
        let gone = kept.iter().take(surplus);
        let gone = gone.flat_map(|oldest| pieces::clear(oldest, &cookies));
        // Exposed to the seal.
        let bytes = state.to_bytes();
        let set = self.sealed_note(&name, bytes.expose(), LOGIN_LIFETIME, KEPT);
        let headers = set.into_iter().chain(gone);
        headers.fold(answer, |answer, header| answer.with("set-cookie", header))
    }

    /// The answer, with a note that says that this login is over.
    pub(super) fn with_login_over(
        &self,
        answer: Answer,
        name: &CookieName,
        wanted: &Wanted,
    ) -> Answer {
        let target = wanted.target();
        let set = if target.len() > LONGEST_TARGET {
            pieces::clear(name, &self.visitor.cookies())
        } else {
            let mut bytes = vec![OVER];
            bytes.extend_from_slice(target.as_bytes());
            self.sealed_note(name, &bytes, LOGIN_LIFETIME, LOGIN_LIFETIME)
        };
        let headers = set.into_iter();
        headers.fold(answer, |answer, header| answer.with("set-cookie", header))
    }

    fn sealed_note(
        &self,
        name: &CookieName,
        bytes: &[u8],
        lifetime: Duration,
        kept: Duration,
    ) -> Vec<String> {
        let (keys, nonce) = (self.visitor.resolver.keys(), self.visitor.nonce());
        let until = self.ports().now().plus(lifetime);
        let sealed = Purpose::Login.seal(keys, name.as_str(), bytes, until, nonce);
        pieces::set(name, &sealed, Some(kept), &self.visitor.cookies())
            .expect("the longest place to return to fits, and base64url has only cookie-octets")
    }
}
