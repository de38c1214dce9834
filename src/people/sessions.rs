//! Shows people where they are logged in, and ends those sessions.

use super::endpoint::Endpoint;
use super::services::Services;
use crate::browser::form_token::{FIELD, FormUse};
use crate::browser::return_to::ReturnTo;
use crate::issue::cutoff::{cut_off, next_second};
use crate::listing::ListedSession;
use crate::pages::{Link, Message, SessionItem, Sessions};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, ClientId, Form};
use crate::revocation::Target;
use crate::session::SessionRecord;
use crate::session::coordinator::Owner;
use crate::token::SessionId;
use crate::visitor::{see_other, shown_name};

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn sessions(&self) -> Answer {
        match self.try_sessions().await {
            Ok(answer) => answer,
            Err(cause) => self.unavailable(&cause),
        }
    }

    async fn try_sessions(&self) -> Result<Answer, Unavailable> {
        let Some(login) = self.visitor.login().await? else {
            let back: Result<ReturnTo, _> = Endpoint::Sessions.path().parse();
            return Ok(see_other(back.unwrap_or_default().login()));
        };
        let subject = login.session.to_base64url();
        if !self.is_post() {
            return self.list(&login, &subject, None).await;
        }
        let form = self.form();
        let token = form.as_ref().and_then(|form| form.get(FIELD));
        if !self.visitor.is_own_form(FormUse::Sessions, &subject, token) {
            self.log_refusal(
                Endpoint::Sessions,
                "invalid_request",
                "the form was not shown to this browser",
            );
            let again = Link {
                label: "Your sessions",
                href: Endpoint::Sessions.path(),
            };
            return Ok(Message::stale_form(&self.config().brand, Some(again)));
        }
        let field = |name| form.as_ref().and_then(|form: &Form| form.get(name));
        if field("all").is_some() {
            return self.end_everywhere(&login).await;
        }
        let session = field("session").and_then(SessionId::from_base64url);
        let notice = match session {
            Some(session) => {
                self.end(&login, session, "logout").await?;
                Some("The session was ended, along with all access that was granted through it.")
            }
            None => None,
        };
        self.list(&login, &subject, notice).await
    }

    async fn list(
        &self,
        login: &SessionRecord,
        subject: &str,
        notice: Option<&str>,
    ) -> Result<Answer, Unavailable> {
        let owner = Owner::of(&login.subject);
        let entries = self.visitor.listing().sessions(owner).await?;
        let ids: Vec<String> = entries.iter().map(|e| e.session.to_base64url()).collect();
        let now = self.ports().now();
        let items: Vec<SessionItem<'_>> = entries
            .iter()
            .zip(&ids)
            .map(|(entry, id)| SessionItem {
                id,
                client: self.shown_client(entry),
                browser: &entry.browser,
                place: entry.place.as_deref(),
                begun: entry.begun_at,
                // The list says when a login's ticket was last renewed; this one is in use right now.
                seen: Some(if entry.session == login.session {
                    now
                } else {
                    entry.seen_at
                }),
                is_this: entry.session == login.session,
            })
            .collect();
        let form = self.visitor.show_form(FormUse::Sessions, subject);
        let page = Sessions {
            brand: &self.config().brand,
            action: Endpoint::Sessions.path(),
            hidden: &[(FIELD, &form.token)],
            username: shown_name(login),
            logout: Endpoint::Logout.path(),
            sessions: &items,
            notice,
        };
        let page = page.answer();
        Ok(form.with_cookie(page))
    }

    /// The client that a session is with, unless that is this site itself.
    fn shown_client<'e>(&'e self, entry: &'e ListedSession) -> Option<&'e str> {
        if entry.client == ClientId::site() {
            return None;
        }
        let id = entry.client.as_str();
        Some(
            self.config()
                .client(id)
                .map_or(id, |client| client.shown_name()),
        )
    }

    /// One entry in the log ends everything that this person was given until now, this login included.
    async fn end_everywhere(&self, login: &SessionRecord) -> Result<Answer, Unavailable> {
        let (visitor, until) = (&self.visitor, self.visitor.end_of_everything());
        let target = Target::Subject {
            subject: login.subject.clone(),
            not_before: next_second(self.ports()),
        };
        cut_off(&target, until, "logout", visitor.resolver, self.ports()).await?;
        // What this session kept logs the person out at the provider. Only the log ends the others.
        let kept = self.end(login, login.session, "logout").await?;
        let owner = Owner::of(&login.subject);
        if let Err(cause) = self.forget_all(owner).await {
            self.ports().emit(cause.event());
        }
        Ok(self.leave(login, kept).await)
    }

    async fn forget_all(&self, owner: Owner) -> Result<(), Unavailable> {
        let listing = self.visitor.listing();
        for entry in listing.sessions(owner).await? {
            listing.forget(owner, entry.session).await?;
        }
        Ok(())
    }
}
