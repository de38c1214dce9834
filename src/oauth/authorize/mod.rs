//! The authorization endpoint (RFC 6749 section 3.1, RFC 7636, RFC 9207, RFC 9700).
//!
//! It keeps no state. Without a login it sends the browser to the login page, which leads back to the
//! very same request. The page that asks for consent carries the request, and it is read again when the
//! answer comes. The client and its redirect URI are settled first: without them nobody is sent
//! anywhere, and with them every other error is told to the client there.

mod code;
mod consent;
mod fault;
mod page_problem;
mod parameters;
mod services;

use crate::browser::form_token::FormUse;
use crate::browser::return_to::ReturnTo;
use crate::config::Config;
use crate::pages::Message;
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::request::FormBodyError;
use crate::protocol::web_url::encode_one;
use crate::protocol::{Answer, Body, Form, Request};
use crate::resolve::Resolver;
use crate::session::SessionRecord;
use crate::session::coordinator::Owner;
use crate::visitor::{Visitor, see_other};

use super::Endpoint;
use consent::{Decision, REQUEST};
use fault::Fault;
use page_problem::PageProblem;
use parameters::{Destination, RequestedParameters};
use services::Services;

pub(super) async fn answer<P: PersonPorts>(
    request: &Request<'_>,
    config: &Config,
    resolver: &Resolver<P::Attachment>,
    ports: &P,
) -> Answer {
    let page = |problem: PageProblem| problem.answer(config, ports);
    let services = |query, is_decided| Services {
        visitor: Visitor::new(request, config, resolver, ports),
        query,
        is_decided,
    };
    let visitor = &services(String::new(), false).visitor;
    if let Some(elsewhere) = visitor.elsewhere() {
        return elsewhere;
    }
    if let Some(refused) = visitor.refuse_prefetch() {
        return refused;
    }
    if request.method != "POST" {
        let query = request.query.unwrap_or_default().to_owned();
        return services(query, false).authorize(None).await;
    }
    let form = match request.form(&["resource"]) {
        Ok(form) => form,
        Err(FormBodyError::Malformed(_)) => return page(PageProblem::Malformed),
        Err(FormBodyError::TooLarge) => return page(PageProblem::TooLarge),
        Err(FormBodyError::MediaType | FormBodyError::Unreadable) => {
            return page(PageProblem::Unreadable);
        }
    };
    if let Some(decision) = Decision::read(&form) {
        let query = form.get(REQUEST).unwrap_or_default().to_owned();
        return services(query, true).authorize(Some(decision)).await;
    }
    // An authorization request may be posted as well (RFC 6749 section 3.1).
    match &request.body {
        Body::Bytes(bytes) => match String::from_utf8(bytes.expose().clone()) {
            Ok(query) => services(query, false).authorize(None).await,
            Err(_) => page(PageProblem::Malformed),
        },
        Body::None | Body::TooLarge | Body::Unreadable => page(PageProblem::Unreadable),
    }
}

impl<P: PersonPorts> Services<'_, P> {
    async fn authorize(&self, decision: Option<Decision>) -> Answer {
        let Ok(form) = Form::parse_repeatable(self.query.as_bytes(), &["resource"]) else {
            return PageProblem::Malformed.answer(self.visitor.config, self.visitor.ports);
        };
        let destination = match Destination::read(&form, self.visitor.config) {
            Ok(destination) => destination,
            Err(problem) => return problem.answer(self.visitor.config, self.visitor.ports),
        };
        let mut requested = match RequestedParameters::read(&form, destination.client) {
            Ok(requested) => requested,
            Err(fault) => return self.fault(&destination, fault),
        };
        // A login with a password has no class.
        if requested.acr_values.is_some() && self.visitor.config.providers.is_empty() {
            return self.fault(&destination, Fault::NoSuchLogin);
        }
        // The same for everyone: what works with a login must also work for those who have to log in first.
        let query = requested.query_after_login(&self.query);
        let Ok(return_to) = ReturnTo::of(Endpoint::Authorize.path(), Some(&query)) else {
            return self.fault(&destination, Fault::TooLong);
        };
        let outcome = match self.visitor.login().await {
            Ok(Some(login)) => {
                self.with_login(&destination, &mut requested, &return_to, &login, decision)
                    .await
            }
            Ok(None) => Ok(self.without_login(&destination, &requested, &return_to)),
            Err(unavailable) => Err(unavailable),
        };
        let answer = outcome.unwrap_or_else(|unavailable| {
            self.visitor.ports.emit(unavailable.event());
            self.fault(&destination, Fault::Unavailable)
        });
        self.visitor.prolong(answer).await
    }

    fn without_login(
        &self,
        destination: &Destination<'_>,
        requested: &RequestedParameters<'_>,
        return_to: &ReturnTo,
    ) -> Answer {
        if requested.prompts.none {
            return self.fault(destination, Fault::LoginRequired);
        }
        let mut location = return_to.login();
        if let Some(hint) = requested.login_hint {
            location.push_str("&login_hint=");
            location.push_str(&encode_one(hint));
        }
        if requested.prompts.login {
            location.push_str("&prompt=login");
        }
        if let Some(max_age) = requested.max_age {
            location.push_str("&max_age=");
            location.push_str(&max_age.as_secs().to_string());
        }
        if let Some(acr_values) = &requested.acr_values {
            location.push_str("&acr_values=");
            location.push_str(&encode_one(acr_values.as_str()));
        }
        see_other(location)
    }

    async fn with_login(
        &self,
        destination: &Destination<'_>,
        requested: &mut RequestedParameters<'_>,
        return_to: &ReturnTo,
        login: &SessionRecord,
        decision: Option<Decision>,
    ) -> Result<Answer, Unavailable> {
        let now = self.visitor.ports.now();
        if decision.is_none() && requested.needs_another(login, now) {
            return Ok(self.without_login(destination, requested, return_to));
        }
        let wanted = std::mem::take(&mut requested.scope);
        let is_any = !wanted.is_empty();
        requested.scope = self.visitor.config.scope_of_person(wanted, login);
        if is_any && requested.scope.is_empty() {
            return Ok(self.fault(destination, Fault::NoScopeLeft));
        }
        let requested = &*requested;
        let listing = self.visitor.listing();
        let owner = Owner::of(&login.subject);
        let client = destination.client;
        let always_asks = requested.prompts.consent || destination.could_be_any_program();
        match decision {
            Some(decision) => {
                let subject = self.consent_subject(login);
                let token = decision.form_token.as_deref();
                if !self.visitor.is_own_form(FormUse::Consent, &subject, token) {
                    return Ok(Message::stale_form(&self.visitor.config.brand, None));
                }
                if !decision.is_allowed {
                    return Ok(self.fault(destination, Fault::Denied));
                }
                listing.agree(owner, &client.id, &requested.scope).await?;
            }
            None if client.is_first_party && !always_asks => {}
            None => {
                let agreed = !always_asks
                    && listing
                        .has_agreed(owner, &client.id, &requested.scope)
                        .await?;
                if !agreed && requested.prompts.none {
                    return Ok(self.fault(destination, Fault::ConsentRequired));
                }
                if !agreed {
                    return Ok(self.ask_for_consent(destination, requested, login));
                }
            }
        }
        self.offer(destination, requested, login).await
    }
}
