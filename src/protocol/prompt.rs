//! The values of the parameter `prompt` (OpenID Connect Core section 3.1.2.1).

use std::str::FromStr;

/// What an authorization server is asked to do about the person who is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// `none`: show nothing, and fail if the person would have to do something.
    None,
    /// `login`: ask for another login.
    Login,
    /// `consent`: ask for consent again.
    Consent,
    /// `select_account`: let the person choose an account.
    SelectAccount,
}

/// The text is not a value of `prompt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptError;

impl Prompt {
    /// The value as it is written in a request.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

impl FromStr for Prompt {
    type Err = PromptError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::None, Self::Login, Self::Consent, Self::SelectAccount]
            .into_iter()
            .find(|prompt| prompt.as_str() == text)
            .ok_or(PromptError)
    }
}
