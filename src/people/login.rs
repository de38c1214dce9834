//! Signing in: the page, the form for accounts, and the way to another provider.

use super::attempt::Tried;
use super::endpoint::Endpoint;
use super::services::Services;
use crate::browser::cookies::CookieName;
use crate::browser::form_token::{FIELD, FormUse};
use crate::browser::pieces;
use crate::browser::return_to::ReturnTo;
use crate::browser::sealed::Purpose;
use crate::config::{Client, Provider};
use crate::issue::ticket::{self, Lifetimes, LoggedIn};
use crate::pages::{Login, LoginProblem, Message, Onward, PasswordForm, ProviderLink};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::web_url::encode_one;
use crate::protocol::{Answer, Form, Prompt};
use crate::provider::{Ask, LOGIN_LIFETIME, LoginState};
use crate::secret::Secret;
use crate::telemetry::Event;
use crate::visitor::{see_other, session_cookie};

/// Where applications ask for an authorization.
const AUTHORIZE: &str = "/oauth/authorize";

/// What a login is for.
#[derive(Default)]
pub(super) struct Wanted {
    return_to: ReturnTo,
    login_hint: Option<String>,
    /// Whether a provider should ask the person again, even if it knows who they are.
    is_new: bool,
    /// How long ago the provider may have checked who the person is, in seconds (`max_age`).
    max_age: Option<u32>,
}

impl Wanted {
    fn read(form: &Form) -> Self {
        let return_to = form.get("return_to").and_then(|text| text.parse().ok());
        Self {
            return_to: return_to.unwrap_or_default(),
            login_hint: form.get("login_hint").map(str::to_owned),
            is_new: form.get("prompt") == Some("login"),
            max_age: form.get("max_age").and_then(|text| text.parse().ok()),
        }
    }

    /// What a login with a provider was for, so that it can be begun once more.
    pub(super) fn of(state: &LoginState) -> Self {
        let return_to = state.return_to.as_deref();
        Self {
            return_to: return_to
                .and_then(|text| text.parse().ok())
                .unwrap_or_default(),
            login_hint: None,
            is_new: state.prompt == Some(Prompt::Login),
            max_age: state.max_age(),
        }
    }

    pub(super) const fn return_to(&self) -> &ReturnTo {
        &self.return_to
    }

    /// How fresh the login must be, as parameters.
    fn freshness(&self) -> Vec<(&'static str, String)> {
        let prompt = self.is_new.then(|| ("prompt", "login".to_owned()));
        let max_age = self.max_age.map(|max_age| ("max_age", max_age.to_string()));
        prompt.into_iter().chain(max_age).collect()
    }

    /// The path and query at which a login with this provider begins.
    pub(super) fn href(&self, provider: &Provider) -> String {
        let mut href = self.return_to.login();
        href.push_str("&provider=");
        href.push_str(provider.id.as_str());
        if let Some(hint) = &self.login_hint {
            href.push_str("&login_hint=");
            href.push_str(&encode_one(hint));
        }
        for (name, value) in self.freshness() {
            href.push('&');
            href.push_str(name);
            href.push('=');
            href.push_str(&value);
        }
        href
    }
}

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn log_in(&self) -> Answer {
        if self.is_post() {
            return self.check_password().await;
        }
        let query = self.query();
        let wanted = query.as_ref().map(Wanted::read).unwrap_or_default();
        let chosen = query.as_ref().and_then(|query| query.get("provider"));
        let providers = &self.config().providers;
        match (chosen, providers.as_slice()) {
            (Some(id), _) => match providers.iter().find(|one| one.id.as_str() == id) {
                Some(provider) => self.begin(provider, &wanted, false).await,
                None => self.login_page(&wanted, None),
            },
            // There is only one way to sign in.
            (None, [only]) if self.config().accounts.is_empty() => {
                self.begin(only, &wanted, false).await
            }
            (None, _) => self.login_page(&wanted, None),
        }
    }

    /// The page, with what went wrong.
    pub(super) fn login_problem(&self, return_to: ReturnTo, problem: LoginProblem) -> Answer {
        let wanted = Wanted {
            return_to,
            ..Wanted::default()
        };
        self.login_page(&wanted, Some(problem))
    }

    pub(super) fn login_page(&self, wanted: &Wanted, problem: Option<LoginProblem>) -> Answer {
        let config = self.config();
        if config.accounts.is_empty() && config.providers.is_empty() {
            return self.no_login();
        }
        let return_to = wanted.return_to.as_str();
        let form = self.visitor.show_form(FormUse::Login, return_to);
        let hrefs: Vec<String> = config
            .providers
            .iter()
            .map(|one| wanted.href(one))
            .collect();
        let providers: Vec<ProviderLink<'_>> = config
            .providers
            .iter()
            .zip(&hrefs)
            .map(|(provider, href)| ProviderLink {
                name: provider.shown_name(),
                href,
            })
            .collect();
        let freshness = wanted.freshness();
        let mut hidden = vec![("return_to", return_to), (FIELD, form.token.as_str())];
        hidden.extend(
            freshness
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        let page = Login {
            brand: &config.brand,
            password: (!config.accounts.is_empty()).then(|| PasswordForm {
                action: Endpoint::Login.path(),
                hidden: &hidden,
                username: wanted.login_hint.as_deref().unwrap_or_default(),
            }),
            providers: &providers,
            problem,
        };
        let page = page.answer();
        form.with_cookie(page)
    }

    fn no_login(&self) -> Answer {
        Message {
            brand: &self.config().brand,
            status: 404,
            title: "Signing in is not set up here",
            text: "This site has no accounts and no provider to sign in with.",
            advice: Some(
                "Tell the administrator of this site. If that is you, add [[vars.POSTERN.providers]] \
                 to wrangler.toml, or create accounts with make user.",
            ),
            link: None,
        }
        .answer()
    }

    /// Sends the browser to another provider. A cookie remembers what the login needs when it comes back. `is_again`
    /// says that it is a second try by itself.
    pub(super) async fn begin(
        &self,
        provider: &Provider,
        wanted: &Wanted,
        is_again: bool,
    ) -> Answer {
        let config = self.config();
        let ask = Ask {
            return_to: Some(wanted.return_to.as_str()),
            login_hint: wanted.login_hint.as_deref(),
            prompt: wanted.is_new.then_some(Prompt::Login),
            max_age: wanted.max_age,
            is_again,
        };
        let begun = self
            .providers
            .begin(provider, &config.issuer, &ask, self.ports());
        let (url, state) = match begun.await {
            Ok(begun) => begun,
            Err(cause) => return self.unavailable(&cause),
        };
        let cookie = CookieName::login(&state.state()).expect("a state is 22 of base64url");
        let until = self.ports().now().plus(LOGIN_LIFETIME);
        let (keys, nonce) = (self.visitor.resolver.keys(), self.visitor.nonce());
        // Exposed to the seal.
        let bytes = state.to_bytes();
        let sealed = Purpose::Login.seal(keys, cookie.as_str(), bytes.expose(), until, nonce);
        let set = pieces::set(&cookie, &sealed, Some(LOGIN_LIFETIME), "")
            .expect("the longest place to return to fits, and base64url has only cookie-octets");
        set.into_iter()
            .fold(see_other(url), |answer, set| answer.with("set-cookie", set))
    }

    async fn check_password(&self) -> Answer {
        let Some(form) = self.form() else {
            return self.login_problem(ReturnTo::default(), LoginProblem::FormExpired);
        };
        let mut wanted = Wanted::read(&form);
        let return_to = wanted.return_to.as_str().to_owned();
        if !self
            .visitor
            .is_own_form(FormUse::Login, &return_to, form.get(FIELD))
        {
            self.log_refusal(
                Endpoint::Login,
                "invalid_request",
                "the form was not shown to this browser",
            );
            return self.login_page(&wanted, Some(LoginProblem::FormExpired));
        }
        let name = form.get("username").unwrap_or_default();
        wanted.login_hint = Some(name.to_owned());
        let password = Secret::new(form.get("password").unwrap_or_default().to_owned());
        let (account, known) = match self.try_password(name, password).await {
            Ok(Tried::Right { account, known }) => (account, known),
            Ok(Tried::Refused(problem, reason)) => {
                self.log_refusal(Endpoint::Login, "access_denied", reason);
                return self.login_page(&wanted, Some(problem));
            }
            Err(cause) => return self.unavailable(&cause),
        };
        let person = LoggedIn {
            subject: account.clone(),
            username: Some(account),
            amr: vec!["pwd".to_owned()],
            ..LoggedIn::default()
        };
        match self.let_in(person, &wanted.return_to, "password").await {
            Ok(answer) => answer.with("set-cookie", known),
            Err(cause) => self.unavailable(&cause),
        }
    }

    /// Opens a session for a person, and leads them back.
    ///
    /// # Errors
    /// [`Unavailable`], if there is no session because of that.
    pub(super) async fn let_in(
        &self,
        person: LoggedIn,
        return_to: &ReturnTo,
        with: &str,
    ) -> Result<Answer, Unavailable> {
        let visitor = &self.visitor;
        let person = LoggedIn {
            device: visitor.device(),
            ..person
        };
        let opened = ticket::open(
            person,
            Lifetimes::of(self.config()),
            visitor.resolver,
            self.ports(),
        );
        let ticket = opened.await?;
        self.end_replaced(&ticket.record().subject).await;
        self.ports().emit(Event::LoggedIn {
            subject: &ticket.record().subject,
            session: &ticket.record().session.to_base64url(),
            with,
        });
        let answer = self.lead_on(return_to);
        Ok(answer.with("set-cookie", session_cookie(&ticket)))
    }

    /// Leads a person who is signed in to the page that they wanted. After a form, and on the way to an application,
    /// which may be anywhere, that is a page that goes on.
    pub(super) fn lead_on(&self, return_to: &ReturnTo) -> Answer {
        let client = self.client_of(return_to);
        if !self.is_post() && client.is_none() {
            return see_other(return_to.as_str().to_owned());
        }
        let brand = &self.config().brand;
        Onward {
            brand,
            title: "You are signed in",
            name: client.map_or(&brand.name, Client::shown_name),
            href: return_to.as_str(),
        }
        .answer()
    }

    /// The client whose authorization request this is.
    fn client_of(&self, return_to: &ReturnTo) -> Option<&Client> {
        let (path, query) = return_to.as_str().split_once('?')?;
        if path != AUTHORIZE {
            return None;
        }
        let query = Form::parse_repeatable(query.as_bytes(), &["resource"]).ok()?;
        self.config().client(query.get("client_id")?)
    }

    /// Ends another person's login in this browser: its cookie is about to be overwritten, and then nobody could
    /// log it out here. If that fails, the old login lasts until it expires, and the new one goes ahead all the
    /// same. A login of the same person stays, so that what clients got from it stays valid.
    async fn end_replaced(&self, subject: &str) {
        let ended = match self.visitor.login().await {
            Ok(Some(login)) if login.subject != subject => {
                self.end(&login, login.session, "replaced").await.map(drop)
            }
            Ok(_) => Ok(()),
            Err(cause) => Err(cause),
        };
        if let Err(cause) = ended {
            self.ports().emit(cause.event());
        }
    }
}
