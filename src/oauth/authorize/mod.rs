//! The authorization endpoint (RFC 6749 section 3.1, RFC 7636, RFC 9207, RFC 9700).
//!
//! It keeps no state. Without a login it sends the browser to the login, which leads back to the very
//! same request; the page that asks for consent carries the request, and it is read again when the
//! answer comes. What can be told to the client goes back to its redirect URI; who the client is and
//! where it may be answered is settled first, and without that nobody is sent anywhere.

mod code;
mod parameters;

use crate::browser::cookies::CookieName;
use crate::browser::form_token::{BrowserId, FIELD, FormUse};
use crate::browser::return_to::ReturnTo;
use crate::browser::same_site::is_same_site;
use crate::config::Config;
use crate::directory::Directory;
use crate::pages::{AskedScope, Consent, FormTarget, Message};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, ErrorCode, Form, Request};
use crate::resolve::{Demand, Resolution, Resolver};
use crate::session::SessionRecord;
use crate::session::coordinator::Owner;
use crate::telemetry::Event;
use crate::token::TokenKind;
use crate::token::seal::SEAL_RANDOMNESS;

use super::Endpoint;
use super::refusal::{self, FormRefusal};
use parameters::{Asked, Destination, Fault, Prompt};

/// The hidden field that carries the request through the consent page.
const REQUEST: &str = "request";

/// A login counts here only if the log says so now.
const STRONG: Demand = Demand {
    max_staleness: std::time::Duration::ZERO,
    outage_grace: None,
};

/// What it takes to answer.
struct Desk<'a, P> {
    request: &'a Request<'a>,
    config: &'a Config,
    resolver: &'a Resolver,
    ports: &'a P,
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
    if request.method != "POST" {
        let query = request.query.unwrap_or_default().to_owned();
        return Desk::new(request, config, resolver, ports, query)
            .authorize(None)
            .await;
    }
    let form = match refusal::form(request, &["resource"]) {
        Ok(form) => form,
        Err(FormRefusal::Malformed(_)) => return page(PageProblem::Malformed),
        Err(FormRefusal::TooLarge) => return page(PageProblem::TooLarge),
        Err(FormRefusal::MediaType | FormRefusal::Unreadable) => {
            return page(PageProblem::Unreadable);
        }
    };
    let Some(decision) = form.get("decision") else {
        // An authorization request may be posted as well (RFC 6749 section 3.1).
        let query = match &request.body {
            crate::protocol::Body::Bytes(bytes) => String::from_utf8(bytes.clone()),
            _ => Ok(String::new()),
        };
        return match query {
            Ok(query) => {
                Desk::new(request, config, resolver, ports, query)
                    .authorize(None)
                    .await
            }
            Err(_) => page(PageProblem::Malformed),
        };
    };
    let query = form.get(REQUEST).unwrap_or_default().to_owned();
    let desk = Desk::new(request, config, resolver, ports, query);
    let decision = Decision {
        is_allowed: decision == "allow",
        form_token: form.get(FIELD).unwrap_or_default().to_owned(),
    };
    desk.authorize(Some(decision)).await
}

/// What a person decided on the consent page.
struct Decision {
    is_allowed: bool,
    form_token: String,
}

impl<'a, P: PersonPorts> Desk<'a, P> {
    const fn new(
        request: &'a Request<'a>,
        config: &'a Config,
        resolver: &'a Resolver,
        ports: &'a P,
        query: String,
    ) -> Self {
        Self {
            request,
            config,
            resolver,
            ports,
            query,
        }
    }

    async fn authorize(&self, decision: Option<Decision>) -> Answer {
        let Ok(form) = Form::parse_repeatable(self.query.as_bytes(), &["resource"]) else {
            return refused(PageProblem::Malformed, self.config, self.ports);
        };
        let destination = match Destination::read(&form, self.config) {
            Ok(destination) => destination,
            Err(problem) => return refused(problem, self.config, self.ports),
        };
        let asked = match Asked::read(&form, destination.client) {
            Ok(asked) => asked,
            Err(fault) => return self.fault(&destination, fault),
        };
        let outcome = match self.login().await {
            Ok(Some(login)) => {
                self.with_login(&destination, &asked, &login, decision)
                    .await
            }
            Ok(None) => Ok(self.without_login(&destination, &asked)),
            Err(unavailable) => Err(unavailable),
        };
        outcome.unwrap_or_else(|unavailable| {
            self.ports.emit(unavailable.event());
            self.fault(&destination, Fault::Unavailable)
        })
    }

    /// The login of the browser, if it counts now.
    async fn login(&self) -> Result<Option<SessionRecord>, Unavailable> {
        let Some(header) = self.request.sender.header("cookie") else {
            return Ok(None);
        };
        let Some(ticket) = CookieName::SESSION.read(&header) else {
            return Ok(None);
        };
        let meaning = self
            .resolver
            .resolve(self.ports, TokenKind::Ticket, ticket, &STRONG);
        match meaning.await {
            Resolution::Active(active) => Ok(Some(active.session.record().clone())),
            Resolution::Inactive(_) => Ok(None),
            Resolution::Unavailable(unavailable) => Err(unavailable),
        }
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
            location.push_str(&parameters::encoded(hint));
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
        let now = self.ports.now();
        if decision.is_none() && asked.is_login_too_old(login, now) {
            return Ok(self.without_login(destination, asked));
        }
        let directory = Directory::new(self.resolver.keys(), self.ports);
        let owner = Owner::of(&login.subject);
        let client = destination.client;
        match decision {
            Some(decision) => {
                if !self.is_own_form(login, &decision.form_token) {
                    return Ok(Message::stale_form(&self.config.brand, None).answer());
                }
                if !decision.is_allowed {
                    return Ok(self.fault(destination, Fault::Denied));
                }
                // Where it cannot be noted down the person is asked again another time.
                if let Err(unavailable) = directory.agree(owner, &client.id, &asked.scope).await {
                    self.ports.emit(unavailable.event());
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
        let header = self.request.sender.header("cookie").unwrap_or_default();
        let known = BrowserId::read(&header);
        let browser = known.clone().unwrap_or_else(|| {
            let mut random = [0; 16];
            self.ports.fill(&mut random);
            BrowserId::new(random)
        });
        let mut nonce = [0; SEAL_RANDOMNESS];
        self.ports.fill(&mut nonce);
        let keys = self.resolver.keys();
        let subject = self.form_subject(login);
        let token = FormUse::Consent.issue(keys, &browser, &subject, self.ports.now(), nonce);
        let scopes: Vec<AskedScope<'_>> = asked
            .scope
            .tokens()
            .map(|token| AskedScope {
                token,
                description: None,
            })
            .collect();
        let targets: Vec<FormTarget> = FormTarget::of(destination.redirect_uri)
            .into_iter()
            .collect();
        let page = Consent {
            brand: &self.config.brand,
            action: Endpoint::Authorize.path(),
            hidden: &[(REQUEST, &self.query), (FIELD, &token)],
            form_targets: &targets,
            client: destination.client.shown_name(),
            redirect_host: destination.shown_host(),
            username: login.username.as_deref().unwrap_or(&login.subject),
            scopes: &scopes,
            other_account: None,
        };
        let answer = page.answer();
        match known {
            Some(_) => answer,
            None => answer.with("set-cookie", browser.set_cookie()),
        }
    }

    /// What a consent form is about: this login and this request, and no other.
    fn form_subject(&self, login: &SessionRecord) -> String {
        format!("{}\n{}", login.session.to_base64url(), self.query)
    }

    fn is_own_form(&self, login: &SessionRecord, token: &str) -> bool {
        let header = self.request.sender.header("cookie").unwrap_or_default();
        let Some(browser) = BrowserId::read(&header) else {
            return false;
        };
        let (keys, now) = (self.resolver.keys(), self.ports.now());
        is_same_site(self.request.sender, self.config.issuer.as_str())
            && FormUse::Consent
                .check(keys, &browser, &self.form_subject(login), token, now)
                .is_ok()
    }

    /// Tells the client what is wrong.
    fn fault(&self, destination: &Destination<'_>, fault: Fault) -> Answer {
        self.ports.emit(Event::RequestRefused {
            endpoint: Endpoint::Authorize.path(),
            error: fault.code().as_str(),
            reason: fault.description(),
        });
        let parameters = [
            ("error", fault.code().as_str()),
            ("error_description", fault.description()),
        ];
        see_other(destination.location(&parameters, self.config))
    }
}

/// 303 and not 307, so that no form goes along (RFC 9700 section 4.12).
fn see_other(location: String) -> Answer {
    Answer::new(303)
        .with("location", location)
        .with("cache-control", "no-store")
        .with("referrer-policy", "no-referrer")
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
