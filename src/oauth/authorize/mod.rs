//! The authorization endpoint (RFC 6749 section 3.1, RFC 7636, RFC 9207, RFC 9700).
//!
//! It keeps no state. Without a login it sends the browser to the login, which leads back to the very
//! same request; the page that asks for consent carries the request, and it is read again when the
//! answer comes. What can be told to the client goes back to its redirect URI; who the client is and
//! where it may be answered is settled first, and without that nobody is sent anywhere.

mod code;
mod parameters;

use crate::browser::form_token::{FIELD, FormUse};
use crate::browser::return_to::ReturnTo;
use crate::config::Config;
use crate::pages::{AskedScope, Consent, FormTarget, Message};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::web_url::encode_one;
use crate::protocol::{Answer, Body, ErrorCode, Form, Request};
use crate::resolve::Resolver;
use crate::session::SessionRecord;
use crate::session::coordinator::Owner;
use crate::telemetry::Event;
use crate::visitor::{Visitor, see_other, shown_name};

use super::Endpoint;
use super::refusal::{self, FormRefusal};
use parameters::{Asked, Destination, Fault, Prompt};

/// The hidden field that carries the request through the consent page.
const REQUEST: &str = "request";

/// What it takes to answer.
struct Desk<'a, P> {
    visitor: Visitor<'a, P>,
    /// The authorization request, as a query.
    query: String,
}

pub(super) async fn answer<P: PersonPorts>(
    request: &Request<'_>,
    config: &Config,
    resolver: &Resolver,
    ports: &P,
) -> Answer {
    let page = |problem| refused(problem, config, ports);
    let desk = |query| Desk {
        visitor: Visitor {
            request,
            config,
            resolver,
            ports,
        },
        query,
    };
    if request.method != "POST" {
        let query = request.query.unwrap_or_default().to_owned();
        return desk(query).authorize(None).await;
    }
    let form = match refusal::form(request, &["resource"]) {
        Ok(form) => form,
        Err(FormRefusal::Malformed(_)) => return page(PageProblem::Malformed),
        Err(FormRefusal::TooLarge) => return page(PageProblem::TooLarge),
        Err(FormRefusal::MediaType | FormRefusal::Unreadable) => {
            return page(PageProblem::Unreadable);
        }
    };
    if let Some(decision) = form.get("decision") {
        let query = form.get(REQUEST).unwrap_or_default().to_owned();
        let decision = Decision {
            is_allowed: decision == "allow",
            form_token: form.get(FIELD).map(str::to_owned),
        };
        return desk(query).authorize(Some(decision)).await;
    }
    // An authorization request may be posted as well (RFC 6749 section 3.1).
    match &request.body {
        Body::Bytes(bytes) => match String::from_utf8(bytes.clone()) {
            Ok(query) => desk(query).authorize(None).await,
            Err(_) => page(PageProblem::Malformed),
        },
        Body::None | Body::TooLarge | Body::Unreadable => page(PageProblem::Unreadable),
    }
}

/// What a person decided on the consent page.
struct Decision {
    is_allowed: bool,
    form_token: Option<String>,
}

impl<P: PersonPorts> Desk<'_, P> {
    async fn authorize(&self, decision: Option<Decision>) -> Answer {
        let Ok(form) = Form::parse_repeatable(self.query.as_bytes(), &["resource"]) else {
            return refused(
                PageProblem::Malformed,
                self.visitor.config,
                self.visitor.ports,
            );
        };
        let destination = match Destination::read(&form, self.visitor.config) {
            Ok(destination) => destination,
            Err(problem) => return refused(problem, self.visitor.config, self.visitor.ports),
        };
        let asked = match Asked::read(&form, destination.client) {
            Ok(asked) => asked,
            Err(fault) => return self.fault(&destination, fault),
        };
        let outcome = match self.visitor.login().await {
            Ok(Some(login)) => {
                self.with_login(&destination, &asked, &login, decision)
                    .await
            }
            Ok(None) => Ok(self.without_login(&destination, &asked)),
            Err(unavailable) => Err(unavailable),
        };
        outcome.unwrap_or_else(|unavailable| {
            self.visitor.ports.emit(unavailable.event());
            self.fault(&destination, Fault::Unavailable)
        })
    }

    fn without_login(&self, destination: &Destination<'_>, asked: &Asked<'_>) -> Answer {
        if asked.prompt.has(Prompt::NONE) {
            return self.fault(destination, Fault::LoginRequired);
        }
        let query = asked.query_after_login(&self.query);
        let Ok(return_to) = ReturnTo::of(Endpoint::Authorize.path(), Some(&query)) else {
            return self.fault(destination, Fault::TooLong);
        };
        let mut location = return_to.login();
        if let Some(hint) = asked.login_hint {
            location.push_str("&login_hint=");
            location.push_str(&encode_one(hint));
        }
        if asked.wants_new_login() {
            location.push_str("&prompt=login");
        }
        see_other(location)
    }

    async fn with_login(
        &self,
        destination: &Destination<'_>,
        asked: &Asked<'_>,
        login: &SessionRecord,
        decision: Option<Decision>,
    ) -> Result<Answer, Unavailable> {
        let now = self.visitor.ports.now();
        if decision.is_none() && asked.is_login_too_old(login, now) {
            return Ok(self.without_login(destination, asked));
        }
        let directory = self.visitor.directory();
        let owner = Owner::of(&login.subject);
        let client = destination.client;
        match decision {
            Some(decision) => {
                let subject = self.form_subject(login);
                let token = decision.form_token.as_deref();
                if !self.visitor.is_own_form(FormUse::Consent, &subject, token) {
                    return Ok(Message::stale_form(&self.visitor.config.brand, None).answer());
                }
                if !decision.is_allowed {
                    return Ok(self.fault(destination, Fault::Denied));
                }
                // Where it cannot be noted down the person is asked again another time.
                if let Err(unavailable) = directory.agree(owner, &client.id, &asked.scope).await {
                    self.visitor.ports.emit(unavailable.event());
                }
            }
            None if client.is_first_party && !asked.prompt.has(Prompt::CONSENT) => {}
            None => {
                let agreed = !asked.prompt.has(Prompt::CONSENT)
                    && directory
                        .has_agreed(owner, &client.id, &asked.scope)
                        .await?;
                if !agreed && asked.prompt.has(Prompt::NONE) {
                    return Ok(self.fault(destination, Fault::ConsentRequired));
                }
                if !agreed {
                    return Ok(self.ask(destination, asked, login));
                }
            }
        }
        self.offer(destination, asked, login).await
    }

    /// Asks the person whether the client may have it.
    fn ask(
        &self,
        destination: &Destination<'_>,
        asked: &Asked<'_>,
        login: &SessionRecord,
    ) -> Answer {
        let form = self
            .visitor
            .show_form(FormUse::Consent, &self.form_subject(login));
        let scopes: Vec<AskedScope<'_>> = asked
            .scope
            .tokens()
            .map(|token| AskedScope {
                token,
                description: None,
            })
            .collect();
        let mut targets = FormTarget::onward().to_vec();
        targets.extend(FormTarget::of(destination.redirect_uri));
        let page = Consent {
            brand: &self.visitor.config.brand,
            action: Endpoint::Authorize.path(),
            hidden: &[(REQUEST, &self.query), (FIELD, &form.token)],
            form_targets: &targets,
            client: destination.client.shown_name(),
            redirect_host: destination.shown_host(),
            username: shown_name(login),
            scopes: &scopes,
            other_account: None,
        };
        let page = page.answer();
        form.with_cookie(page)
    }

    /// What a consent form is about: this login and this request, and no other.
    fn form_subject(&self, login: &SessionRecord) -> String {
        format!("{}\n{}", login.session.to_base64url(), self.query)
    }

    /// Tells the client what is wrong.
    fn fault(&self, destination: &Destination<'_>, fault: Fault) -> Answer {
        self.visitor.ports.emit(Event::RequestRefused {
            endpoint: Endpoint::Authorize.path(),
            error: fault.code().as_str(),
            reason: fault.description(),
        });
        let parameters = [
            ("error", fault.code().as_str()),
            ("error_description", fault.description()),
        ];
        see_other(destination.location(&parameters, self.visitor.config))
    }
}

/// Why nobody is sent back anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PageProblem {
    /// A parameter appears twice, or is not UTF-8.
    Malformed,
    /// The form is too large.
    TooLarge,
    /// There is no form, or it broke off.
    Unreadable,
    /// There is no such client, or it sends no people here.
    UnknownClient,
    /// There is no `redirect_uri`.
    NoRedirectUri,
    /// The `redirect_uri` is not one of the client's.
    UnknownRedirectUri,
}

impl PageProblem {
    const fn status(self) -> u16 {
        match self {
            Self::TooLarge => 413,
            Self::Malformed
            | Self::Unreadable
            | Self::UnknownClient
            | Self::NoRedirectUri
            | Self::UnknownRedirectUri => 400,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Malformed => "The request has a parameter twice, or one that is not UTF-8.",
            Self::TooLarge => "The request is too large.",
            Self::Unreadable => "The request is no form that can be read.",
            Self::UnknownClient => {
                "The request names no application that is known here (client_id)."
            }
            Self::NoRedirectUri => "The request does not say where to go back to (redirect_uri).",
            Self::UnknownRedirectUri => {
                "The request wants to go back to an address that is not registered for this \
                 application (redirect_uri)."
            }
        }
    }
}

/// The page for a request that cannot be answered to its client.
fn refused<P: PersonPorts>(problem: PageProblem, config: &Config, ports: &P) -> Answer {
    ports.emit(Event::RequestRefused {
        endpoint: Endpoint::Authorize.path(),
        error: ErrorCode::InvalidRequest.as_str(),
        reason: problem.text(),
    });
    Message {
        brand: &config.brand,
        status: problem.status(),
        title: "This link does not work",
        text: problem.text(),
        advice: Some(
            "Go back to the application and try again. If it happens again, tell whoever makes it \
             what this page says.",
        ),
        link: None,
    }
    .answer()
}
