//! Shows people where they are logged in, and ends those sessions.

use futures_util::future;

use super::endpoint::Endpoint;
use super::services::Services;
use crate::browser::form_token::{FIELD, FormUse};
use crate::browser::return_to::ReturnTo;
use crate::config::Client;
use crate::issue::cutoff::{self, Cut, next_second};
use crate::listing::ListedConsent;
use crate::pages::{ConsentItem, Link, Message, SessionItem, Sessions};
use crate::person::Place;
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, ClientId, Form};
use crate::revocation::Target;
use crate::session::SessionRecord;
use crate::session::coordinator::Owner;
use crate::token::SessionId;
use crate::visitor::{see_other, shown_name};

/// The parameter that says where a page of sessions begins.
pub(super) const AFTER: &str = "after";

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
            return self.list(&login, &subject, self.place(), None).await;
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
        let client = field("withdraw").and_then(|id| id.parse::<ClientId>().ok());
        let notice = match (session, client) {
            (Some(session), _) => {
                self.end(&login, session, "logout").await?;
                Some("The session was ended, along with all access that was granted through it.")
            }
            (None, Some(client)) => {
                let taken_back = self.take_back(&login.subject, &client).await?;
                Some(if taken_back.being_ended == 0 {
                    "The access was taken back. The application has to ask you again."
                } else {
                    "The access was taken back, and the application has to ask you again. Its many \
                     sessions are being ended; that takes a minute."
                })
            }
            (None, None) => None,
        };
        self.list(&login, &subject, None, notice).await
    }

    /// Where the page begins.
    fn place(&self) -> Option<Place> {
        Place::from_text(self.query()?.get(AFTER)?)
    }

    async fn list(
        &self,
        login: &SessionRecord,
        subject: &str,
        after: Option<Place>,
        notice: Option<&str>,
    ) -> Result<Answer, Unavailable> {
        let (listing, owner) = (self.visitor.listing(), Owner::of(&login.subject));
        let (page, consents) = future::join(
            listing.sessions(&login.subject, after),
            listing.consents(owner),
        )
        .await;
        let (page, consents) = (page?, consents?);
        let older = page.older.map(|place| {
            let path = Endpoint::Sessions.path();
            format!("{path}?{AFTER}={}", place.to_text())
        });
        let ids = page.sessions.iter().map(|e| e.session.to_base64url());
        let ids: Vec<String> = ids.collect();
        let now = self.ports().now();
        let items: Vec<SessionItem<'_>> = page
            .sessions
            .iter()
            .zip(&ids)
            .map(|(entry, id)| SessionItem {
                id,
                client: self.shown_client(&entry.client),
                browser: &entry.device.browser,
                place: entry.device.place.as_deref(),
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
        let scopes = consents.iter().map(|consent| consent.scope.to_string());
        let scopes: Vec<String> = scopes.collect();
        let consents: Vec<ConsentItem<'_>> = consents
            .iter()
            .zip(&scopes)
            .map(|(consent, scope)| self.consent_item(consent, scope))
            .collect();
        let form = self.visitor.show_form(FormUse::Sessions, subject);
        let page = Sessions {
            brand: &self.config().brand,
            action: Endpoint::Sessions.path(),
            hidden: &[(FIELD, &form.token)],
            username: shown_name(login),
            logout: Endpoint::Logout.path(),
            sessions: &items,
            older: older.as_deref(),
            consents: &consents,
            notice,
        };
        let page = page.answer();
        Ok(form.with_cookie(page))
    }

    /// The client that a session is with, unless that is this site itself.
    fn shown_client<'e>(&'e self, client: &'e ClientId) -> Option<&'e str> {
        let id = client.as_str();
        let name = || self.config().client(id).map(Client::shown_name);
        (*client != ClientId::site()).then(|| name().unwrap_or(id))
    }

    fn consent_item<'e>(&'e self, consent: &'e ListedConsent, scope: &'e str) -> ConsentItem<'e> {
        let id = consent.client.as_str();
        ConsentItem {
            id,
            client: self.shown_client(&consent.client).unwrap_or(id),
            scope,
            agreed: consent.agreed_at,
        }
    }

    /// One entry in the log ends everything that this person was given until now, this login included. Their
    /// index ends the sessions one after another.
    async fn end_everywhere(&self, login: &SessionRecord) -> Result<Answer, Unavailable> {
        let visitor = &self.visitor;
        let target = Target::Subject {
            subject: login.subject.clone(),
            not_before: next_second(self.ports()),
        };
        let cut = Cut {
            target: &target,
            until: visitor.end_of_everything(),
            others_until: visitor.end_without_session(&login.subject),
            logout: None,
            reason: "logout",
        };
        cutoff::begin(cut, visitor.resolver, self.ports()).await?;
        // What this session kept logs the person out at the provider. Once the index has ended the session, it
        // keeps nothing.
        let kept = self.end(login, login.session, "logout").await?;
        cutoff::finish(cut, visitor.resolver, self.ports()).await;
        Ok(self.leave(login, kept).await)
    }
}
