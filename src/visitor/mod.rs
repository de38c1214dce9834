//! The person behind a request: their login, and the forms that they are shown.
//!
//! Job: what every page has in common. A login counts here only if the log says so now. A form is shown
//! with a token that belongs to this browser and to what the form is about, and what it sends in counts
//! only with that token and from a page of this site. Not its job: what the pages are for.

use crate::browser::cookies::CookieName;
use crate::browser::form_token::{BROWSER_RANDOMNESS, BrowserId, FormUse};
use crate::browser::same_site::is_same_site;
use crate::browser::user_agent;
use crate::config::Config;
use crate::issue::Minted;
use crate::listing::{ListedSession, Listing};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, Request};
use crate::resolve::{Demand, Resolution, Resolver};
use crate::session::SessionRecord;
use crate::session::coordinator::Owner;
use crate::time::Time;
use crate::token::TokenKind;
use crate::token::seal::SEAL_RANDOMNESS;

/// A person's request, and what it takes to answer it.
pub struct Visitor<'a, P: PersonPorts> {
    /// The request.
    pub request: &'a Request<'a>,
    /// The configuration.
    pub config: &'a Config,
    /// Keys, cache and copy of the log.
    pub resolver: &'a Resolver<P::Attachment>,
    /// The outside.
    pub ports: &'a P,
}

/// The token of a form that is about to be shown.
pub struct ShownForm {
    /// For the hidden field [`crate::browser::form_token::FIELD`].
    pub token: String,
    /// The cookie that names the browser, where it has none yet.
    cookie: Option<String>,
}

impl ShownForm {
    /// The page with the form, and with the cookie that the form needs.
    #[must_use]
    pub fn with_cookie(self, page: Answer) -> Answer {
        match self.cookie {
            Some(cookie) => page.with("set-cookie", cookie),
            None => page,
        }
    }
}

impl<P: PersonPorts> Visitor<'_, P> {
    /// The `Cookie` header; empty where there is none.
    #[must_use]
    pub fn cookies(&self) -> String {
        self.request.sender.header("cookie").unwrap_or_default()
    }

    /// The record of this browser's login, if it counts now.
    ///
    /// # Errors
    /// [`Unavailable`] where that could not be found out.
    pub async fn login(&self) -> Result<Option<SessionRecord>, Unavailable> {
        let cookies = self.cookies();
        let Some(ticket) = CookieName::SESSION.read(&cookies) else {
            return Ok(None);
        };
        let meaning = self
            .resolver
            .resolve(self.ports, TokenKind::Ticket, ticket, &Demand::STRONG);
        match meaning.await {
            Resolution::Active(active) => Ok(Some(active.session.record().clone())),
            Resolution::Inactive(_) => Ok(None),
            Resolution::Unavailable(unavailable) => Err(unavailable),
        }
    }

    /// What a form needs to be shown. `subject` is what it is about.
    #[must_use]
    pub fn show_form(&self, form: FormUse, subject: &str) -> ShownForm {
        let known = BrowserId::read(&self.cookies());
        let is_known = known.is_some();
        let browser = known.unwrap_or_else(|| BrowserId::new(self.random::<BROWSER_RANDOMNESS>()));
        let (keys, now) = (self.resolver.keys(), self.ports.now());
        ShownForm {
            token: form.issue(keys, &browser, subject, now, self.nonce()),
            cookie: (!is_known).then(|| browser.set_cookie()),
        }
    }

    /// Whether a form that was sent in was shown to this browser, by a page of this site, about this.
    #[must_use]
    pub fn is_own_form(&self, form: FormUse, subject: &str, token: Option<&str>) -> bool {
        let (Some(browser), Some(token)) = (BrowserId::read(&self.cookies()), token) else {
            return false;
        };
        let (keys, now) = (self.resolver.keys(), self.ports.now());
        is_same_site(self.request.sender, self.config.issuer.as_str())
            && form.check(keys, &browser, subject, token, now).is_ok()
    }

    /// Fresh randomness for a seal.
    #[must_use]
    pub fn nonce(&self) -> [u8; SEAL_RANDOMNESS] {
        self.random()
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut random = [0; N];
        self.ports.fill(&mut random);
        random
    }

    /// When nothing that was given until now can be alive any more.
    #[must_use]
    pub fn end_of_everything(&self) -> Time {
        self.ports.now().plus(self.config.longest_life())
    }

    /// What is remembered of people.
    #[must_use]
    pub const fn listing(&self) -> Listing<'_, P> {
        Listing::new(self.resolver.keys(), self.ports)
    }

    /// Has a session that begins with this request listed. Where that fails it is a session all the
    /// same.
    pub async fn list(&self, record: &SessionRecord) {
        let sender = self.request.sender;
        let entry = ListedSession {
            session: record.session,
            client: record.client_id.clone(),
            begun_at: record.issued_at,
            seen_at: record.issued_at,
            ends_at: record.ends_at.unwrap_or(record.expires_at),
            place: sender.place(),
            browser: user_agent::describe(&sender.header("user-agent").unwrap_or_default()),
        };
        let owner = Owner::of(&record.subject);
        if let Err(unavailable) = self.listing().put(owner, &entry).await {
            self.ports.emit(unavailable.event());
        }
    }
}

/// The cookie that holds a ticket, for as long as the ticket lasts.
#[must_use]
pub fn session_cookie(ticket: &Minted) -> String {
    CookieName::SESSION
        // Exposed to the browser that it is for.
        .set(ticket.token.expose(), Some(ticket.lifetime()))
        .expect("a token has cookie-octets alone")
}

/// Sends a browser on with a GET: 303 and not 307, so that no form goes along (RFC 9700 section 4.12).
#[must_use]
pub fn see_other(location: String) -> Answer {
    Answer::new(303)
        .with("location", location)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
}

/// What a person is called on a page.
#[must_use]
pub fn shown_name(login: &SessionRecord) -> &str {
    login.username.as_deref().unwrap_or(&login.subject)
}
