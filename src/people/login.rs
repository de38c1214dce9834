//! Signing in: the page, the form for accounts, and the way to another provider.

use super::attempt::Tried;
use super::endpoint::Endpoint;
use super::services::Services;
use super::wanted::Wanted;
use crate::browser::Fragment;
use crate::browser::form_token::{FIELD, FormUse};
use crate::config::{Client, Provider};
use crate::issue::ticket::{self, Lifetimes, LoggedIn};
use crate::pages::{Login, LoginProblem, Message, Onward, PasswordForm, ProviderLink};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, Form, Prompt};
use crate::provider::Ask;
use crate::secret::Secret;
use crate::telemetry::Event;
use crate::visitor::{see_other, session_cookie};

/// Where applications ask for an authorization.
const AUTHORIZE: &str = "/oauth/authorize";

/// Somebody whom a provider knows and no rule lets in.
pub(super) struct RefusedPerson<'a> {
    pub(super) provider: &'a Provider,
    /// What the provider calls them.
    pub(super) name: Option<&'a str>,
    /// What makes the provider ask for another account.
    pub(super) prompt: Prompt,
}

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn log_in(&self) -> Answer {
        if self.is_post() {
            return self.check_password().await;
        }
        let query = self.query();
        let wanted = query.as_ref().map(Wanted::read).unwrap_or_default();
        match self.already_in(&wanted).await {
            Ok(None) => {}
            Ok(Some(answer)) => return answer,
            Err(cause) => return self.unavailable(&cause),
        }
        let chosen = query.as_ref().and_then(|query| query.get("provider"));
        let providers = &self.config().providers;
        match (chosen, providers.as_slice()) {
            (Some(id), _) => match providers.iter().find(|one| one.id.as_str() == id) {
                Some(provider) => self.begin(provider, &wanted, false).await,
                None => self.login_page(&wanted, None),
            },
            // There is only one way to sign in.
            (None, [only]) if !self.takes_passwords(&wanted) => {
                self.begin(only, &wanted, false).await
            }
            (None, _) => self.login_page(&wanted, None),
        }
    }

    /// Leads on whoever is signed in already, if that login will do for what is wanted.
    ///
    /// # Errors
    /// [`Unavailable`] if that could not be found out.
    pub(super) async fn already_in(&self, wanted: &Wanted) -> Result<Option<Answer>, Unavailable> {
        let login = self.visitor.login().await?;
        let now = self.ports().now();
        let is_met = login.is_some_and(|login| wanted.is_met_by(&login, now));
        Ok(is_met.then(|| self.lead_on(wanted)))
    }

    pub(super) fn login_page(&self, wanted: &Wanted, problem: Option<LoginProblem>) -> Answer {
        self.login_page_for(wanted, problem, None)
    }

    /// The page, for somebody whom a provider knows and no rule lets in.
    pub(super) fn login_page_for(
        &self,
        wanted: &Wanted,
        problem: Option<LoginProblem>,
        refused: Option<&RefusedPerson<'_>>,
    ) -> Answer {
        let config = self.config();
        let takes_passwords = self.takes_passwords(wanted);
        if !takes_passwords && config.providers.is_empty() {
            return if config.accounts.is_empty() {
                self.no_login()
            } else {
                self.no_such_login()
            };
        }
        let return_to = wanted.return_to.as_str();
        let form = self.visitor.show_form(FormUse::Login, return_to);
        let hrefs: Vec<String> = config
            .providers
            .iter()
            .map(|one| match refused {
                Some(person) if person.provider.id == one.id => {
                    let another = Wanted {
                        prompt: Some(person.prompt),
                        ..wanted.clone()
                    };
                    another.href(one)
                }
                _ => wanted.href(one),
            })
            .collect();
        let providers: Vec<ProviderLink<'_>> = config
            .providers
            .iter()
            .zip(&hrefs)
            .map(|(provider, href)| ProviderLink {
                name: provider.shown_name(),
                href,
                is_other_account: refused.is_some_and(|person| person.provider.id == provider.id),
            })
            .collect();
        let freshness = wanted.freshness();
        let fragment = wanted.fragment.as_ref().map_or("", Fragment::as_str);
        let mut hidden = vec![
            ("return_to", return_to),
            ("fragment", fragment),
            (FIELD, form.token.as_str()),
        ];
        hidden.extend(
            freshness
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        let page = Login {
            brand: &config.brand,
            password: takes_passwords.then(|| PasswordForm {
                action: Endpoint::Login.path(),
                hidden: &hidden,
                username: wanted.login_hint.as_deref().unwrap_or_default(),
            }),
            providers: &providers,
            problem,
            known_as: refused.and_then(|person| person.name),
        };
        let page = page.answer();
        form.with_cookie(page)
    }

    /// Whether a login with a password would do. It has no class.
    fn takes_passwords(&self, wanted: &Wanted) -> bool {
        !self.config().accounts.is_empty() && wanted.acr_values.is_none()
    }

    /// The page where a class of logins is needed, and only passwords are there.
    fn no_such_login(&self) -> Answer {
        Message {
            brand: &self.config().brand,
            status: 403,
            title: "A stronger sign-in is needed",
            text: "The page that you opened asks for one that this site does not have.",
            advice: Some("Tell the administrator of this site."),
            link: None,
        }
        .answer()
    }

    fn no_login(&self) -> Answer {
        Message {
            brand: &self.config().brand,
            status: 404,
            title: "Signing in is not set up here",
            text: "This site has no accounts and no provider to sign in with.",
            advice: Some(
                "Tell the administrator of this site. If that is you, add [[providers]] \
                 to postern.toml, or create accounts with npx postern user.",
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
        let target = wanted.target();
        let ask = Ask {
            return_to: Some(&target),
            login_hint: wanted.login_hint.as_deref(),
            prompt: wanted.prompt,
            max_age: wanted.max_age,
            acr_values: wanted.acr_values.as_ref(),
            is_again,
        };
        let begun = self
            .providers
            .begin(provider, &config.issuer, &ask, self.ports());
        let (url, state) = match begun.await {
            Ok(begun) => begun,
            Err(cause) => return self.unavailable(&cause),
        };
        self.with_login_note(see_other(url), &state)
    }

    async fn check_password(&self) -> Answer {
        let Some(form) = self.form() else {
            return self.stale_form(&Wanted::default()).await;
        };
        let mut wanted = Wanted::read(&form);
        let return_to = wanted.return_to.as_str().to_owned();
        if !self
            .visitor
            .is_own_form(FormUse::Login, &return_to, form.get(FIELD))
        {
            return self.stale_form(&wanted).await;
        }
        // A form of a page that has no such form.
        if !self.takes_passwords(&wanted) {
            return self.login_page(&wanted, None);
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
        match self.let_in(person, &wanted, "password").await {
            Ok(answer) => answer.with("set-cookie", known),
            Err(cause) => self.unavailable(&cause),
        }
    }

    /// A form that this site did not show to this browser, or too long ago. Whoever has signed in since, in another tab, is
    /// led on.
    async fn stale_form(&self, wanted: &Wanted) -> Answer {
        match self.already_in(wanted).await {
            Ok(Some(answer)) => return answer,
            Ok(None) => {}
            Err(cause) => return self.unavailable(&cause),
        }
        self.log_refusal(
            Endpoint::Login,
            "invalid_request",
            "the form was not shown to this browser",
        );
        self.login_page(wanted, Some(LoginProblem::FormExpired))
    }

    /// Opens a session for a person, and leads them back.
    ///
    /// # Errors
    /// [`Unavailable`], if there is no session because of that.
    pub(super) async fn let_in(
        &self,
        person: LoggedIn,
        wanted: &Wanted,
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
        let answer = self.lead_on(wanted);
        Ok(answer.with("set-cookie", session_cookie(&ticket)))
    }

    /// Leads a person who is signed in to the page that they wanted. After a form, and on the way to an application,
    /// which may be anywhere, that is a page that goes on.
    pub(super) fn lead_on(&self, wanted: &Wanted) -> Answer {
        let (client, target) = (self.client_of(wanted), wanted.target());
        if !self.is_post() && client.is_none() {
            return see_other(target);
        }
        let brand = &self.config().brand;
        Onward {
            brand,
            title: "You are signed in",
            name: client.map_or(&brand.name, Client::shown_name),
            href: &target,
        }
        .answer()
    }

    /// The client whose authorization request is wanted.
    fn client_of(&self, wanted: &Wanted) -> Option<&Client> {
        let (path, query) = wanted.return_to.as_str().split_once('?')?;
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
