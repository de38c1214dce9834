//! What becomes of a request, as far as that can be said without knowing what its token means.

use crate::protocol::Answer;
use crate::token::PlainToken;

use super::credential::Credential;
use super::policy::Route;
use super::refusal::Refusal;

/// What becomes of a request.
#[derive(Debug)]
pub enum Admission<'p> {
    /// It goes no further.
    Refused {
        /// The route, if one matched.
        route: Option<&'p Route>,
        /// Why, and what the client gets.
        refusal: Refusal,
    },
    /// It is a CORS preflight, and the gate answers it itself.
    Answered(Answer),
    /// It goes on to the origin unchanged, without an identity.
    Forward(&'p Route),
    /// It is a CORS preflight that goes on to the origin, without an identity and without its body.
    ForwardPreflight(&'p Route),
    /// It goes on if this token is valid and [`Route::authorise`] says so.
    Authenticate {
        /// The route.
        route: &'p Route,
        /// What was sent.
        credential: Credential,
        /// The text that was sent as a token, not yet verified.
        token: PlainToken,
    },
}

impl<'p> Admission<'p> {
    pub(super) const fn refused(route: &'p Route, refusal: Refusal) -> Self {
        Self::Refused {
            route: Some(route),
            refusal,
        }
    }
}
