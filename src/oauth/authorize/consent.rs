//! The page that asks a person for consent. It carries the authorization request, which is read again when
//! the answer comes.

use super::parameters::{Destination, RequestedParameters};
use super::services::Services;
use crate::browser::form_token::{FIELD, FormUse};
use crate::browser::return_to::ReturnTo;
use crate::oauth::Endpoint;
use crate::pages::{AskedScope, Consent};
use crate::ports::PersonPorts;
use crate::protocol::{Answer, Form};
use crate::session::SessionRecord;
use crate::visitor::shown_name;

/// The hidden field that carries the request through the page.
pub(super) const REQUEST: &str = "request";

/// What a person decided on the page.
pub(super) struct Decision {
    pub(super) is_allowed: bool,
    pub(super) form_token: Option<String>,
}

impl Decision {
    /// The decision in a form, if there is one.
    pub(super) fn read(form: &Form) -> Option<Self> {
        form.get("decision").map(|decision| Self {
            is_allowed: decision == "allow",
            form_token: form.get(FIELD).map(str::to_owned),
        })
    }
}

impl<P: PersonPorts> Services<'_, P> {
    /// The page that asks the person.
    pub(super) fn ask_for_consent(
        &self,
        destination: &Destination<'_>,
        requested: &RequestedParameters<'_>,
        login: &SessionRecord,
    ) -> Answer {
        let form = self
            .visitor
            .show_form(FormUse::Consent, &self.consent_subject(login));
        let scopes: Vec<AskedScope<'_>> = requested
            .scope
            .tokens()
            .map(|token| AskedScope {
                token,
                description: self.visitor.config.scopes.of(token),
            })
            .collect();
        let query = requested.query_after_login(&self.query);
        let other_account = ReturnTo::of(Endpoint::Authorize.path(), Some(&query))
            .map(|place| place.login() + "&prompt=login")
            .ok();
        let page = Consent {
            brand: &self.visitor.config.brand,
            action: Endpoint::Authorize.path(),
            hidden: &[(REQUEST, &self.query), (FIELD, &form.token)],
            client: destination.client.shown_name(),
            logo: destination.client.logo.as_ref(),
            redirect_host: destination.shown_host(),
            username: shown_name(login),
            scopes: &scopes,
            other_account: other_account.as_deref(),
        };
        let page = page.answer();
        form.with_cookie(page)
    }

    /// What a consent form is about: this login and this request only.
    pub(super) fn consent_subject(&self, login: &SessionRecord) -> String {
        format!("{}\n{}", login.session.to_base64url(), self.query)
    }
}
