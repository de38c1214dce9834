//! Logging out. A GET asks, a POST does it. A person who came from another provider is sent on to log out there
//! too (OpenID Connect RP-Initiated Logout 1.0).

use super::endpoint::Endpoint;
use super::services::Services;
use crate::browser::cookies::CookieName;
use crate::browser::form_token::{FIELD, FormUse};
use crate::issue::ending::{EndedSession, end_session};
use crate::pages::{Link, LoggedOut, Logout, Message, Onward};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::Answer;
use crate::session::SessionRecord;
use crate::session::coordinator::Owner;
use crate::telemetry::Event;
use crate::token::{SessionId, TokenKind};
use crate::visitor::shown_name;

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn log_out(&self) -> Answer {
        let login = match self.visitor.login().await {
            Ok(Some(login)) => login,
            // This is also the answer when somebody presses the button twice.
            Ok(None) => return self.already_over().await,
            Err(cause) => return self.unavailable(&cause),
        };
        let subject = login.session.to_base64url();
        if !self.is_post() {
            return self.ask_to_log_out(&login, &subject);
        }
        let form = self.form();
        let token = form.as_ref().and_then(|form| form.get(FIELD));
        if !self.visitor.is_own_form(FormUse::Logout, &subject, token) {
            self.log_refusal(
                Endpoint::Logout,
                "invalid_request",
                "the form was not shown to this browser",
            );
            let again = Link {
                label: "Sign out",
                href: Endpoint::Logout.path(),
            };
            return Message::stale_form(&self.config().brand, Some(again));
        }
        match self.end(&login, login.session, "logout").await {
            Ok(kept) => self.leave(&login, kept).await,
            Err(cause) => self.unavailable(&cause),
        }
    }

    /// The browser has no valid login. An earlier try may have ended it without reaching the log, so this tells the
    /// log again. No form guards it: there is nothing left to protect.
    async fn already_over(&self) -> Answer {
        let (visitor, cookies) = (&self.visitor, self.visitor.cookies());
        let keys = visitor.resolver.keys();
        let ticket = CookieName::SESSION.read(&cookies);
        let pointer = ticket.and_then(|t| keys.open(TokenKind::Ticket, t, self.ports().now()).ok());
        if let Some(pointer) = pointer {
            let ended = end_session(pointer.session, None, visitor.resolver, self.ports());
            if let Err(cause) = ended.await {
                return self.unavailable(&cause);
            }
        }
        self.logged_out_page()
    }

    fn ask_to_log_out(&self, login: &SessionRecord, subject: &str) -> Answer {
        let form = self.visitor.show_form(FormUse::Logout, subject);
        let page = Logout {
            brand: &self.config().brand,
            action: Endpoint::Logout.path(),
            hidden: &[(FIELD, &form.token)],
            username: shown_name(login),
            sessions: Endpoint::Sessions.path(),
        };
        let page = page.answer();
        form.with_cookie(page)
    }

    /// Ends a session of this person and returns what it had kept. A session that is over already is not an error.
    pub(super) async fn end(
        &self,
        login: &SessionRecord,
        session: SessionId,
        reason: &'static str,
    ) -> Result<Vec<u8>, Unavailable> {
        let owner = Owner::of(&login.subject);
        let visitor = &self.visitor;
        let ended = end_session(session, Some(owner), visitor.resolver, self.ports());
        let kept = match ended.await? {
            EndedSession::Over(kept) => {
                self.ports().emit(Event::SessionEnded {
                    session: &session.to_base64url(),
                    reason,
                });
                kept
            }
            EndedSession::Unknown => Vec::new(),
        };
        Ok(kept)
    }

    /// Takes the cookie away, and goes on to the provider where there is one.
    pub(super) async fn leave(&self, login: &SessionRecord, kept: Vec<u8>) -> Answer {
        match self.provider_logout(login, &kept).await {
            Some((name, url)) => {
                let page = Onward {
                    brand: &self.config().brand,
                    title: "You are signed out here",
                    name: &name,
                    href: &url,
                };
                self.without_cookie(page.answer())
            }
            None => self.logged_out_page(),
        }
    }

    /// The provider's name and the URL at which it logs people out.
    async fn provider_logout(
        &self,
        login: &SessionRecord,
        kept: &[u8],
    ) -> Option<(String, String)> {
        let config = self.config();
        let note = self.open_logout_note(&login.subject, kept)?;
        let provider = config
            .providers
            .iter()
            .find(|one| one.id.as_str() == note.provider && one.logout)?;
        let url = self.providers.logout_url(
            provider,
            &config.issuer,
            Some(&note.id_token),
            None,
            self.ports(),
        );
        match url.await {
            Ok(url) => Some((provider.shown_name().to_owned(), url?)),
            // They are logged out here, and the page can say that.
            Err(cause) => {
                self.ports().emit(cause.event());
                None
            }
        }
    }

    pub(super) fn logged_out_page(&self) -> Answer {
        let page = LoggedOut {
            brand: &self.config().brand,
            link: Some(Link {
                label: "Sign in again",
                href: Endpoint::Login.path(),
            }),
        };
        self.without_cookie(page.answer())
    }

    /// Makes the browser forget the ticket and every page of this site that it has cached. A request that came
    /// without a ticket changes nothing: a form on another site sends none, even if the browser has one.
    fn without_cookie(&self, answer: Answer) -> Answer {
        if !self
            .visitor
            .cookies()
            .contains(CookieName::SESSION.as_str())
        {
            return answer;
        }
        // Storage: that of scripts, and the service workers, which could go on showing what they have kept.
        let what = if self.config().clear_storage_at_logout {
            "\"cache\", \"storage\""
        } else {
            "\"cache\""
        };
        answer
            .with("set-cookie", CookieName::SESSION.clear())
            .with("clear-site-data", what)
    }
}
