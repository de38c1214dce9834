//! Coming back from another provider (OpenID Connect Core section 3.1.2.5).

use super::endpoint::Endpoint;
use super::login::RefusedPerson;
use super::login_note::LoginNote;
use super::services::Services;
use super::wanted::Wanted;
use crate::browser::cookies::CookieName;
use crate::browser::pieces;
use crate::config::Provider;
use crate::issue::ticket::LoggedIn;
use crate::jose::{Failure, JwtRefusal};
use crate::pages::{Link, LoginProblem, Message};
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, Form, Prompt};
use crate::provider::{IdTokenRefusal, LeftOut, LoginRefusal, LoginState, Person, Stranger};
use crate::telemetry::Event;

/// What to do where a person has more groups or roles than fit.
const TOO_MANY: &str =
    "have the provider send only the groups or roles that this site needs, or name fewer claims";

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn come_back(&self) -> Answer {
        if self.is_post() {
            return self.take_posted_answer();
        }
        let Some(query) = self.query() else {
            return self.lost("a parameter appears twice");
        };
        let cookies = self.visitor.cookies();
        let name = query.get("state").and_then(CookieName::login);
        let Some(name) = name.filter(|name| pieces::read(name, &cookies).is_some()) else {
            let reason = "this browser has no login with that state";
            return self.lead_on_or_lose(&Wanted::default(), reason).await;
        };
        let state = match self.login_note(&name, &cookies) {
            Some(LoginNote::Open(state)) => state,
            Some(LoginNote::Over(wanted)) => {
                let reason = "the login is over already, or was open for too long";
                return self.lead_on_or_lose(&wanted, reason).await;
            }
            None => {
                let answer = self.lost("the login's cookie was not set here");
                let cleared = pieces::clear(&name, &cookies).into_iter();
                return cleared.fold(answer, |answer, gone| answer.with("set-cookie", gone));
            }
        };
        let posted = self.posted_answer(&query);
        match self.finish(posted.as_ref().unwrap_or(&query), &state).await {
            // The cookies were for one answer. From now on, this one only says what was wanted.
            Ok(answer) => {
                let answer = self.with_login_over(answer, &name, &Wanted::of(&state));
                match posted {
                    Some(_) => answer.with("set-cookie", CookieName::ANSWER.clear()),
                    None => answer,
                }
            }
            // The cookies stay, so that the person can try again.
            Err(page) => page,
        }
    }

    /// Finishes the login, or shows why the provider's answer is refused.
    ///
    /// # Errors
    /// A page, if the login could not be decided because something is unavailable.
    async fn finish(&self, query: &Form, state: &LoginState) -> Result<Answer, Answer> {
        let config = self.config();
        let wanted = Wanted::of(state);
        let finished = self.providers.finish(
            &config.providers,
            &config.issuer,
            query,
            state,
            self.ports(),
        );
        let refusal = match finished.await {
            Ok(person) => {
                self.tell_left_out(&person);
                let provider = person.provider.as_str().to_owned();
                let person = self.logged_in(person);
                let entered = self.let_in(person, &wanted, &provider).await;
                return entered.map_err(|cause| self.not_now(state, &wanted, &cause));
            }
            Err(Failure::Unavailable(cause)) => return Err(self.not_now(state, &wanted, &cause)),
            Err(Failure::Refused(refusal)) => refusal,
        };
        // Tried again at once, as Keycloak asks for it, and once.
        if refusal == LoginRefusal::Forgotten
            && !state.is_again
            && let Some(provider) = self.provider_of(state)
        {
            return Ok(self.begin(provider, &wanted, true).await);
        }
        if let LoginRefusal::IdToken(IdTokenRefusal::NotAllowed(stranger)) = &refusal {
            return self.refuse_stranger(state, &wanted, stranger).await;
        }
        self.log_refusal(Endpoint::Callback, "access_denied", &refusal.reason());
        // A provider that does not know `select_account` is asked for another login at once.
        if let LoginRefusal::Request(_) | LoginRefusal::InteractionNeeded = refusal
            && state.prompt == Some(Prompt::SelectAccount)
            && let Some(provider) = self.provider_of(state)
        {
            let wanted = Wanted {
                prompt: Some(Prompt::Login),
                ..wanted
            };
            return Ok(self.begin(provider, &wanted, false).await);
        }
        Ok(self.login_page(&wanted, Some(problem(&refusal))))
    }

    /// The page for somebody whom no rule lets in. The provider still knows them, so without a `prompt` it would send them
    /// back at once.
    async fn refuse_stranger(
        &self,
        state: &LoginState,
        wanted: &Wanted,
        stranger: &Stranger,
    ) -> Result<Answer, Answer> {
        self.ports().emit(Event::LoginRefused {
            provider: state.provider.as_str(),
            subject: &stranger.subject,
            rules: &stranger.rules,
        });
        let Some(provider) = self.provider_of(state) else {
            return Ok(self.login_page(wanted, Some(LoginProblem::NotAllowed)));
        };
        let prompt = self
            .providers
            .another_account(provider, state.prompt, self.ports())
            .await
            .map_err(|cause| self.not_now(state, wanted, &cause))?;
        let person = RefusedPerson {
            provider,
            name: stranger.name.as_deref(),
            prompt,
        };
        let problem = Some(LoginProblem::NotAllowed);
        Ok(self.login_page_for(wanted, problem, Some(&person)))
    }

    fn provider_of(&self, state: &LoginState) -> Option<&Provider> {
        let mut providers = self.config().providers.iter();
        providers.find(|provider| provider.id == state.provider)
    }

    /// The page where the login could not be decided. Opening it again may do, if it was a store that did not answer. If
    /// it was the provider, only a new login does.
    fn not_now(&self, state: &LoginState, wanted: &Wanted, cause: &Unavailable) -> Answer {
        self.ports().emit(cause.event());
        let href = self
            .provider_of(state)
            .map(|provider| wanted.href(provider));
        Message {
            brand: &self.config().brand,
            status: 503,
            title: "You could not be signed in right now",
            text: "A service that signing in depends on did not respond.",
            advice: Some(
                "Wait a moment, then try again. You will come to the page that you wanted.",
            ),
            link: href.as_deref().map(|href| Link {
                label: "Try again",
                href,
            }),
        }
        .answer()
        .with("retry-after", "2")
    }

    /// Tells the log for which claims there was no room.
    fn tell_left_out(&self, person: &Person) {
        for LeftOut { claim, kept, of } in &person.left_out {
            self.ports().emit(Event::ClaimsLeftOut {
                provider: person.provider.as_str(),
                subject: &person.subject,
                claim,
                kept: *kept,
                of: *of,
                advice: TOO_MANY,
            });
        }
    }

    fn logged_in(&self, person: Person) -> LoggedIn {
        let logout_note = self.seal_logout_note(&person);
        LoggedIn {
            subject: person.subject,
            username: person.username,
            auth_time: person.auth_time,
            amr: person.amr,
            acr: person.acr,
            claims: person.claims,
            provider_session: person.provider_session,
            logout_note,
            ..LoggedIn::default()
        }
    }

    pub(super) fn lost(&self, reason: &str) -> Answer {
        self.log_refusal(Endpoint::Callback, "invalid_request", reason);
        self.login_page(&Wanted::default(), Some(LoginProblem::LoginExpired))
    }

    /// Leads on whoever is signed in already: they came back too late, or once more. Everyone else may begin again, for
    /// the same page.
    async fn lead_on_or_lose(&self, wanted: &Wanted, reason: &str) -> Answer {
        match self.already_in(wanted).await {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                self.log_refusal(Endpoint::Callback, "invalid_request", reason);
                self.login_page(wanted, Some(LoginProblem::LoginExpired))
            }
            Err(cause) => self.unavailable(&cause),
        }
    }
}

/// The problem that the page tells of.
const fn problem(refusal: &LoginRefusal) -> LoginProblem {
    match refusal {
        LoginRefusal::State | LoginRefusal::TooLate | LoginRefusal::Forgotten => {
            LoginProblem::LoginExpired
        }
        LoginRefusal::Denied | LoginRefusal::InteractionNeeded => LoginProblem::Cancelled,
        LoginRefusal::IdToken(IdTokenRefusal::NotAllowed(_)) => LoginProblem::NotAllowed,
        LoginRefusal::Unmet | LoginRefusal::IdToken(IdTokenRefusal::Acr) => LoginProblem::TooWeak,
        LoginRefusal::IdToken(
            IdTokenRefusal::TooLarge(_)
            | IdTokenRefusal::LeftOut(_)
            | IdTokenRefusal::Jwt(JwtRefusal::TooLarge),
        ) => LoginProblem::TooManyGroups,
        LoginRefusal::UnknownProvider
        | LoginRefusal::Issuer(_)
        | LoginRefusal::Request(_)
        | LoginRefusal::NoCode
        | LoginRefusal::Code(_)
        | LoginRefusal::Client(_)
        | LoginRefusal::UserInfo(_)
        | LoginRefusal::IdToken(_) => LoginProblem::ProviderFailed,
    }
}
