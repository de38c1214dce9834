//! Coming back from another provider (OpenID Connect Core section 3.1.2.5).

use super::endpoint::Endpoint;
use super::services::Services;
use crate::browser::cookies::CookieName;
use crate::browser::return_to::ReturnTo;
use crate::browser::sealed::Purpose;
use crate::issue::ticket::LoggedIn;
use crate::pages::LoginProblem;
use crate::ports::{PersonPorts, Unavailable};
use crate::protocol::{Answer, Form};
use crate::provider::{Failure, IdTokenRefusal, LoginRefusal, LoginState, Person};

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn come_back(&self) -> Answer {
        let Some(query) = self.query() else {
            return self.lost("a parameter appears twice");
        };
        let cookies = self.visitor.cookies();
        let name = query.get("state").and_then(CookieName::login);
        let sealed = name
            .as_ref()
            .and_then(|name| Some((name, name.read(&cookies)?)));
        let Some((name, sealed)) = sealed else {
            return self.lost("this browser has no login with that state");
        };
        let (keys, now) = (self.visitor.resolver.keys(), self.ports().now());
        let state = Purpose::Login
            .open(keys, name.as_str(), sealed, now)
            .ok()
            .and_then(|bytes| LoginState::from_bytes(&bytes));
        let finished = match state {
            Some(state) => self.finish(&query, &state).await,
            None => Ok(self.lost("the login's cookie was not set here, or is too old")),
        };
        match finished {
            // The cookie was for one answer.
            Ok(answer) => answer.with("set-cookie", name.clear()),
            // The cookie stays, so that the person can try again.
            Err(cause) => self.unavailable(&cause),
        }
    }

    /// Finishes the login, or shows why the provider's answer is refused.
    ///
    /// # Errors
    /// [`Unavailable`], if the login could not be decided because of that.
    async fn finish(&self, query: &Form, state: &LoginState) -> Result<Answer, Unavailable> {
        let config = self.config();
        let return_to: ReturnTo = state
            .return_to
            .as_deref()
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        let finished = self.providers.finish(
            &config.providers,
            &config.issuer,
            query,
            state,
            self.ports(),
        );
        match finished.await {
            Ok(person) => {
                let provider = person.provider.as_str().to_owned();
                let person = self.logged_in(person);
                self.let_in(person, &return_to, &provider).await
            }
            Err(Failure::Unavailable(cause)) => Err(cause),
            Err(Failure::Refused(refusal)) => {
                self.log_refusal(Endpoint::Callback, "access_denied", refusal.reason());
                Ok(self.login_problem(return_to, problem(refusal)))
            }
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

    fn lost(&self, reason: &str) -> Answer {
        self.log_refusal(Endpoint::Callback, "invalid_request", reason);
        self.login_problem(ReturnTo::default(), LoginProblem::LoginExpired)
    }
}

/// The problem that the page tells of.
const fn problem(refusal: LoginRefusal) -> LoginProblem {
    match refusal {
        LoginRefusal::State | LoginRefusal::TooLate => LoginProblem::LoginExpired,
        LoginRefusal::Denied | LoginRefusal::InteractionNeeded => LoginProblem::Cancelled,
        LoginRefusal::IdToken(IdTokenRefusal::NotAllowed) => LoginProblem::NotAllowed,
        LoginRefusal::UnknownProvider
        | LoginRefusal::Issuer
        | LoginRefusal::Request
        | LoginRefusal::NoCode
        | LoginRefusal::Code
        | LoginRefusal::Client
        | LoginRefusal::IdToken(_) => LoginProblem::ProviderFailed,
    }
}
