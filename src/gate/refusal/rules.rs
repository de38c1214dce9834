//! Refusals of requests that a rule of the route does not let pass.
//!
//! Job: a person who may not open a page is told who they are, whom it is for, and how to come as somebody else. A person
//! whose login is too old or too weak is led to another one and back, and a program is told so (RFC 9470 section 3).

use super::barred::Barred;
use super::login::LOGIN;
use super::problem::{Refusal, problem};
use super::told;
use crate::browser::same_site::wants_page;
use crate::config::{Access, Require, Rules};
use crate::gate::credential::Credential;
use crate::gate::policy::Route;
use crate::gate::request_head::RequestHead;
use crate::gate::route_rules::Lacks;
use crate::protocol::web_url::encode_one;
use crate::session::SessionRecord;

/// Tells a script of this site where its person gets the login that is needed. It is another header than that of those
/// who are not logged in at all: a script may load its page anew for that one, which would not help here.
const STEP_UP_HEADER: &str = "postern-step-up";

impl Refusal {
    /// It comes from an address that the route is not open to: 403.
    pub(in crate::gate) fn other_network() -> Self {
        let body = problem!(
            403,
            "Forbidden",
            "access_denied",
            "This route is open to certain networks only, and this request does not come from one of them."
        );
        Self::new(403, "other_network", body).telling(&told::OTHER_NETWORK)
    }

    /// It comes from a country that the route is not open to: 403.
    pub(in crate::gate) fn other_country() -> Self {
        let body = problem!(
            403,
            "Forbidden",
            "access_denied",
            "This route is open to certain countries only, and this request does not come from one of them."
        );
        Self::new(403, "other_country", body).telling(&told::OTHER_COUNTRY)
    }
}

impl Route {
    /// The route is not for whom the credential stands for: 403.
    pub(in crate::gate) fn refuse_person<R: RequestHead>(
        &self,
        require: &Require,
        credential: Credential,
        record: &SessionRecord,
        (request, url): (&R, &str),
    ) -> Refusal {
        let body = problem!(
            403,
            "Forbidden",
            "access_denied",
            "Whom this credential stands for may not use this route: none of its rules (require) fits them."
        );
        let refusal = Refusal::new(403, "rule_unmet", body);
        match credential {
            Credential::Ticket { .. } if wants_page(request) => {
                let place = self.place_to_return(request, url);
                refusal.barring(Barred::new(record, require, &place.unwrap_or_default()))
            }
            Credential::Ticket { .. } | Credential::Token => refusal,
        }
    }

    /// The login that the credential came from is too old or too weak. A person who navigates is led to another one: 303.
    /// Everything else gets 401.
    pub(in crate::gate) fn refuse_login<R: RequestHead>(
        &self,
        lacks: Lacks,
        rules: &Rules,
        credential: Credential,
        (request, url): (&R, &str),
    ) -> Refusal {
        let reason = lacks.as_str();
        let needed = needed(rules);
        let led = match credential {
            Credential::Ticket { .. } => self.lead_to_login(reason, request, url, &needed),
            Credential::Token => None,
        };
        if let Some(led) = led {
            return led;
        }
        let refusal = Refusal::new(
            401,
            reason,
            problem!(
                401,
                "Unauthorized",
                "insufficient_user_authentication",
                "This route needs a login that is newer or stronger than this one (RFC 9470). An application sends \
                 the person to the authorization endpoint with the acr_values and max_age of WWW-Authenticate. A \
                 script of this site leads them to the address in Postern-Step-Up."
            ),
        );
        let challenges = self.challenges(url);
        let is_token = credential == Credential::Token || self.access == Access::Any;
        let refusal = if is_token {
            refusal.with("www-authenticate", challenges.step_up)
        } else {
            refusal.with("www-authenticate", challenges.login)
        };
        match credential {
            Credential::Ticket { .. } => {
                let login = format!("{LOGIN}?{needed}");
                refusal
                    .telling(&told::SIGN_IN_AGAIN)
                    .with(STEP_UP_HEADER, login)
            }
            Credential::Token => refusal,
        }
    }
}

/// What the login is asked for: `acr_values=mfa&max_age=900`.
fn needed(rules: &Rules) -> String {
    let mut needed = String::new();
    if !rules.acr.is_empty() {
        needed.push_str("acr_values=");
        needed.push_str(&encode_one(&rules.acr.join(" ")));
    }
    if let Some(max_age) = rules.max_auth_age {
        if !needed.is_empty() {
            needed.push('&');
        }
        needed.push_str("max_age=");
        needed.push_str(&max_age.to_string());
    }
    needed
}
