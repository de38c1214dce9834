//! What a login with a provider is asked for, and what it has to remember.
//!
//! It belongs sealed into a cookie of the browser that began the login, so that an answer counts only in
//! that browser and nothing has to be stored.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use crate::config::Provider;
use crate::ports::{Clock, Randomness};
use crate::protocol::{AcrValues, ClientId, Prompt};
use crate::secret::Secret;
use crate::time::Time;

/// How long a login may take.
pub const LOGIN_LIFETIME: Duration = Duration::from_hours(1);

/// The format of a login about which there is nothing more to say.
const PLAIN: u8 = 1;
/// The same, with flags behind the provider's id.
const FLAGGED: u8 = 2;
/// The same, with flags that may be 0 and the classes that were asked for. A version that does not know it has the person
/// begin the login anew.
const WITH_CLASSES: u8 = 3;
/// Format, `issued`, `max_age`, `state`, `nonce`, `verifier`, length of the provider's id.
const HEAD: usize = 1 + 4 + 4 + 16 + 16 + 32 + 1;
const NO_MAX_AGE: u32 = u32::MAX;

/// The flag of a second try.
const AGAIN: u8 = 0x80;
/// What `prompt` was, by its number.
const PROMPTS: [Option<Prompt>; 5] = [
    None,
    Some(Prompt::Login),
    Some(Prompt::SelectAccount),
    Some(Prompt::Consent),
    Some(Prompt::None),
];

/// What a login asks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask<'a> {
    /// Where to go afterwards. It is only carried along.
    pub return_to: Option<&'a str>,
    /// `login_hint`: who is probably there.
    pub login_hint: Option<&'a str>,
    /// `prompt`. A person can take it out of the URL; only `max_age` is checked afterwards.
    pub prompt: Option<Prompt>,
    /// `max_age`: how long ago the person may have proved who they are, in seconds. With a provider that
    /// does not say `auth_time`, nobody gets in then.
    pub max_age: Option<u32>,
    /// `acr_values`: one of these classes the login must have.
    pub acr_values: Option<&'a AcrValues>,
    /// Whether this is a second try by itself, because the provider has forgotten the first.
    pub is_again: bool,
}

/// A login that has begun.
///
/// ```text
/// login = 1 issued(4) max_age(4, FFFFFFFF for none) state(16) nonce(16) verifier(32)
///         length(1) provider id, return_to (empty for none)
///       / 2 (the same, with flags(1) between the provider's id and return_to, where they are not 0)
///       / 3 (the same as 2, with any flags, and length(1) acr_values before return_to)
/// flags = again(1 bit) number of `prompt`(7 bits)
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct LoginState {
    /// With which provider (`id` of the configuration).
    pub provider: ClientId,
    /// Where to go afterwards.
    pub return_to: Option<String>,
    /// When it began, in whole seconds.
    pub issued: Time,
    /// `prompt`, as it was asked for.
    pub prompt: Option<Prompt>,
    /// Whether it is a second try by itself.
    pub is_again: bool,
    /// The classes of which the login must have one.
    pub acr_values: Option<AcrValues>,
    max_age: Option<u32>,
    state: Secret<[u8; 16]>,
    nonce: Secret<[u8; 16]>,
    verifier: Secret<[u8; 32]>,
}

impl LoginState {
    /// A login with `provider` that begins now.
    pub(super) fn new<P: Clock + Randomness>(
        provider: &Provider,
        ask: &Ask<'_>,
        ports: &P,
    ) -> Self {
        let (mut state, mut nonce, mut verifier) = ([0; 16], [0; 16], [0; 32]);
        ports.fill(&mut state);
        ports.fill(&mut nonce);
        ports.fill(&mut verifier);
        Self {
            provider: provider.id.clone(),
            return_to: ask.return_to.map(str::to_owned),
            issued: Time::from_seconds(ports.now().seconds()),
            prompt: ask.prompt,
            is_again: ask.is_again,
            acr_values: ask.acr_values.cloned(),
            max_age: ask.max_age.filter(|age| *age != NO_MAX_AGE),
            state: Secret::new(state),
            nonce: Secret::new(nonce),
            verifier: Secret::new(verifier),
        }
    }

    /// How long ago the person may have proved who they are, in seconds, if that was asked for.
    #[must_use]
    pub const fn max_age(&self) -> Option<u32> {
        self.max_age
    }

    fn flags(&self) -> u8 {
        let prompt = PROMPTS.iter().position(|prompt| *prompt == self.prompt);
        let prompt = prompt.and_then(|at| u8::try_from(at).ok());
        prompt.unwrap_or_default() | if self.is_again { AGAIN } else { 0 }
    }

    /// `state` as it is in URLs, 22 characters: what the answer must bring back.
    #[must_use]
    pub fn state(&self) -> String {
        // Exposed to the URL that the provider gets.
        Base64UrlUnpadded::encode_string(self.state.expose())
    }

    pub(super) fn nonce(&self) -> String {
        // Exposed to the URL that the provider gets.
        Base64UrlUnpadded::encode_string(self.nonce.expose())
    }

    /// 43 characters (RFC 7636 section 4.1).
    pub(super) fn verifier(&self) -> Zeroizing<String> {
        // Exposed to the provider, over TLS.
        Zeroizing::new(Base64UrlUnpadded::encode_string(self.verifier.expose()))
    }

    /// Its stored form, to be sealed: it has the verifier in it.
    #[must_use]
    pub fn to_bytes(&self) -> Secret<Vec<u8>> {
        let issued = u32::try_from(self.issued.seconds()).unwrap_or(u32::MAX);
        let id = self.provider.as_str().as_bytes();
        let mut bytes = Vec::with_capacity(HEAD + id.len());
        let flags = self.flags();
        bytes.push(match (flags, &self.acr_values) {
            (_, Some(_)) => WITH_CLASSES,
            (0, None) => PLAIN,
            (_, None) => FLAGGED,
        });
        bytes.extend_from_slice(&issued.to_be_bytes());
        bytes.extend_from_slice(&self.max_age.unwrap_or(NO_MAX_AGE).to_be_bytes());
        // Exposed only to the seal.
        bytes.extend_from_slice(self.state.expose());
        bytes.extend_from_slice(self.nonce.expose());
        bytes.extend_from_slice(self.verifier.expose());
        bytes.push(u8::try_from(id.len()).expect("an id has 128 characters at most"));
        bytes.extend_from_slice(id);
        if flags != 0 || self.acr_values.is_some() {
            bytes.push(flags);
        }
        if let Some(acr_values) = &self.acr_values {
            let text = acr_values.as_str().as_bytes();
            bytes.push(u8::try_from(text.len()).expect("they have 255 bytes at most"));
            bytes.extend_from_slice(text);
        }
        bytes.extend_from_slice(self.return_to.as_deref().unwrap_or_default().as_bytes());
        Secret::new(bytes)
    }

    /// The reverse of [`Self::to_bytes`]; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(HEAD)?;
        let (id, return_to) = rest.split_at_checked(usize::from(head[HEAD - 1]))?;
        let number = |at: usize| {
            let bytes = head[at..at + 4].try_into().expect("it is four bytes");
            u32::from_be_bytes(bytes)
        };
        let sixteen = |at: usize| head[at..at + 16].try_into().expect("it is sixteen bytes");
        let mut acr_values = None;
        let (flags, return_to) = match head[0] {
            PLAIN => (0, return_to),
            WITH_CLASSES => {
                let (flags, rest) = return_to.split_first()?;
                let (length, rest) = rest.split_first()?;
                let (text, rest) = rest.split_at_checked(usize::from(*length))?;
                acr_values = Some(str::from_utf8(text).ok()?.parse().ok()?);
                (*flags, rest)
            }
            FLAGGED => return_to
                .split_first()
                .map(|(flags, rest)| (*flags, rest))
                .filter(|(flags, _)| *flags != 0)?,
            _ => return None,
        };
        let return_to = str::from_utf8(return_to).ok()?;
        Some(Self {
            provider: str::from_utf8(id).ok()?.parse().ok()?,
            return_to: (!return_to.is_empty()).then(|| return_to.to_owned()),
            issued: Time::from_seconds(number(1).into()),
            prompt: *PROMPTS.get(usize::from(flags & !AGAIN))?,
            is_again: flags & AGAIN != 0,
            acr_values,
            max_age: Some(number(5)).filter(|age| *age != NO_MAX_AGE),
            state: Secret::new(sixteen(9)),
            nonce: Secret::new(sixteen(25)),
            verifier: Secret::new(head[41..73].try_into().expect("it is 32 bytes")),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn login() -> LoginState {
        LoginState {
            provider: "acme".parse().unwrap(),
            return_to: Some("/a?b".to_owned()),
            issued: Time::from_seconds(1_000),
            prompt: None,
            is_again: false,
            acr_values: None,
            max_age: Some(60),
            state: Secret::new([1; 16]),
            nonce: Secret::new([2; 16]),
            verifier: Secret::new([3; 32]),
        }
    }

    #[test]
    fn login_state_format_unchanged() {
        let mut expected = vec![1, 0, 0, 3, 232, 0, 0, 0, 60];
        expected.extend([1; 16]);
        expected.extend([2; 16]);
        expected.extend([3; 32]);
        expected.extend(b"\x04acme/a?b");
        assert_eq!(*login().to_bytes().expose(), expected);
        assert_eq!(LoginState::from_bytes(&expected), Some(login()));
        expected[0] = 4;
        assert_eq!(LoginState::from_bytes(&expected), None);
    }

    #[test]
    fn flagged_login_state_format_unchanged() {
        for (prompt, is_again, flags) in [
            (None, true, 0x80),
            (Some(Prompt::Login), false, 1),
            (Some(Prompt::SelectAccount), true, 0x82),
            (Some(Prompt::Consent), false, 3),
            (Some(Prompt::None), false, 4),
        ] {
            let flagged = LoginState {
                prompt,
                is_again,
                ..login()
            };
            let mut expected = login().to_bytes().expose().clone();
            expected[0] = 2;
            expected.insert(HEAD + 4, flags);
            assert_eq!(*flagged.to_bytes().expose(), expected);
            assert_eq!(LoginState::from_bytes(&expected), Some(flagged));
            // Flags that a later version may know, and none at all.
            for unknown in [0, 5, 0x7f, 0xff] {
                expected[HEAD + 4] = unknown;
                assert_eq!(LoginState::from_bytes(&expected), None);
            }
        }
    }

    #[test]
    fn login_state_with_classes_format_unchanged() {
        for (prompt, flags) in [(None, 0), (Some(Prompt::Login), 1)] {
            let login = LoginState {
                prompt,
                acr_values: Some("phr mfa".parse().unwrap()),
                ..login()
            };
            let mut expected = super::tests::login().to_bytes().expose().clone();
            expected[0] = 3;
            let classes = [&[flags, 7][..], b"phr mfa"].concat();
            expected.splice(HEAD + 4..HEAD + 4, classes);
            assert_eq!(*login.to_bytes().expose(), expected);
            assert_eq!(LoginState::from_bytes(&expected), Some(login));
            // No classes, and no list of them.
            expected[HEAD + 5] = 0;
            assert_eq!(LoginState::from_bytes(&expected), None);
            expected[HEAD + 5] = 4;
            assert_eq!(LoginState::from_bytes(&expected), None);
        }
    }

    #[test]
    fn what_is_not_there_stays_so() {
        let plain = LoginState {
            return_to: None,
            max_age: None,
            ..login()
        };
        let bytes = plain.to_bytes();
        let bytes = bytes.expose();
        assert_eq!(LoginState::from_bytes(bytes), Some(plain));
        for end in 0..bytes.len() {
            assert_eq!(LoginState::from_bytes(&bytes[..end]), None, "{end}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let text = format!("{:?}", login());
        assert_eq!(text.matches("Secret(..)").count(), 3, "{text}");
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes: Vec<u8>, rest: Vec<u8>) {
            let _ = LoginState::from_bytes(&bytes);
            let mut bytes = login().to_bytes().expose()[..HEAD].to_vec();
            bytes.extend(rest);
            let _ = LoginState::from_bytes(&bytes);
        }
    }
}
