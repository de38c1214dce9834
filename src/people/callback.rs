//! Coming back from another provider (OpenID Connect Core section 3.1.2.5).

use super::endpoint::Endpoint;
use super::services::Services;
use crate::browser::cookies::CookieName;
use crate::browser::return_to::ReturnTo;
use crate::browser::sealed::Purpose;
use crate::issue::ticket::LoggedIn;
use crate::pages::LoginProblem;
use crate::ports::PersonPorts;
use crate::protocol::Answer;
use crate::provider::{Failure, IdTokenRefusal, LoginRefusal, LoginState, Person};

impl<P: PersonPorts> Services<'_, P> {
    pub(super) async fn come_back(&self) -> Answer {
        let Some(query) = self.query() else {
            return self.lost("a parameter is there twice");
        };
        let cookies = self.visitor.cookies();
        let name = query.get("state").and_then(CookieName::login);
        let sealed = name
            .as_ref()
            .and_then(|name| Some((name, name.read(&cookies)?)));
        let Some((name, sealed)) = sealed else {
            return self.lost("no login of this browser has that state");
        };
        let (keys, now) = (self.visitor.resolver.keys(), self.ports().now());
        let state = Purpose::Login
            .open(keys, name.as_str(), sealed, now)
            .ok()
            .and_then(|bytes| LoginState::from_bytes(&bytes));
        let answer = match state {
            Some(state) => self.finish(&query, &state).await,
            None => self.lost("the login's cookie is none of ours, or too old"),
        };
        // It was for one answer. Where that could not be found out, the person is to try again.
        if answer.status == 503 {
            answer
        } else {
            answer.with("set-cookie", name.clear())
        }
    }

    async fn finish(&self, query: &crate::protocol::Form, state: &LoginState) -> Answer {
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
            Err(Failure::Unavailable(cause)) => self.unavailable(&cause),
            Err(Failure::Refused(refusal)) => {
                self.note_refusal(Endpoint::Callback, "access_denied", refusal.reason());
                self.login_problem(return_to, problem(refusal))
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
        }
    }

    fn lost(&self, reason: &str) -> Answer {
        self.note_refusal(Endpoint::Callback, "invalid_request", reason);
        self.login_problem(ReturnTo::default(), LoginProblem::LoginExpired)
    }
}

/// What the person is told.
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
