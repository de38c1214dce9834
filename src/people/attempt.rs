//! An attempt to log in with a password.
//!
//! Job: who is trying, whether they may, and what becomes of it. The passwords are checked elsewhere
//! ([`crate::accounts::Desk`]): nothing here can check one.
//!
//! Three things are counted. The rate limit counts by source over all names, and it is asked first, so that
//! nobody hammers the object. The object counts by name and source, and by name. A browser that has logged in
//! under the name before has a count of its own in both.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};

use super::services::Services;
use crate::accounts::{Attempt, NameMark, Reply, Sender, Source};
use crate::browser::known::{ID, KnownBrowser};
use crate::config::names;
use crate::pages::LoginProblem;
use crate::ports::{Dependency, PersonPorts, Unavailable};
use crate::secret::Secret;

/// How long the rate limit counts at most: its period is 10 or 60 seconds.
const LIMIT_PERIOD: Duration = Duration::from_mins(1);

/// What became of an attempt.
pub(super) enum Tried {
    /// It was the right password.
    Right {
        /// The name of the account.
        account: String,
        /// The value of the `Set-Cookie` header that makes this browser known.
        known: String,
    },
    /// It lets nobody in: what the person is told, and what the log is told.
    Refused(LoginProblem, &'static str),
}

impl<P: PersonPorts> Services<'_, P> {
    /// Makes an attempt under `name`, as it was typed.
    ///
    /// # Errors
    /// [`Unavailable`], if it could not be counted or decided. Then it lets nobody in.
    pub(super) async fn try_password(
        &self,
        name: &str,
        password: Secret<String>,
    ) -> Result<Tried, Unavailable> {
        let (keys, now) = (self.visitor.resolver.keys(), self.ports().now());
        let browser = KnownBrowser::read(&self.visitor.cookies(), keys, now);
        let (attempt, limited_by) = self.attempt(name, password, browser.as_ref());
        if !self
            .ports()
            .attempt(names::LOGIN_LIMIT, &limited_by)
            .await?
        {
            return Ok(too_many(LIMIT_PERIOD));
        }
        match self.ports().check(&attempt).await? {
            Reply::Right => {}
            Reply::Wrong => {
                let reason = "wrong name or password";
                return Ok(Tried::Refused(LoginProblem::WrongPassword, reason));
            }
            Reply::TooMany(wait) => return Ok(too_many(wait)),
            Reply::Busy => {
                let reason = "too many attempts at once";
                return Ok(Tried::Refused(LoginProblem::Busy, reason));
            }
        }
        let Some(account) = self.config().accounts.find(name) else {
            // The accounts are being changed, and this isolate has not got the change yet.
            let cause = "it knows an account that this isolate does not know";
            return Err(Unavailable::new(Dependency::Accounts, cause));
        };
        let browser = browser.unwrap_or_else(|| KnownBrowser::new(self.visitor.random::<ID>()));
        let nonce = self.visitor.nonce();
        Ok(Tried::Right {
            account: account.to_owned(),
            known: browser.with(account).set_cookie(keys, now, nonce),
        })
    }

    /// The attempt as the object gets it, and the key that the rate limit counts it by. Neither holds an
    /// address.
    fn attempt(
        &self,
        name: &str,
        password: Secret<String>,
        browser: Option<&KnownBrowser>,
    ) -> (Attempt, String) {
        let keys = self.visitor.resolver.keys();
        let pseudonym = keys.pseudonym("account", name.to_ascii_lowercase().as_bytes());
        let mark = NameMark(cut(pseudonym));
        let address = self.visitor.request.sender.header("cf-connecting-ip");
        let source = Source::of(address.as_deref()).to_bytes();
        let known = browser.filter(|browser| browser.knows(name));
        let (sender, limited_by) = if let Some(browser) = known {
            let of_name = [&mark.0[..], &browser.id()[..]].concat();
            let key = keys.pseudonym("attempts of a browser", &of_name);
            (Sender::Browser(browser.id()), key)
        } else {
            let of_name = [&mark.0[..], &source].concat();
            let sender = Sender::Source(cut(keys.pseudonym("source under a name", &of_name)));
            (sender, keys.pseudonym("attempts of a source", &source))
        };
        let attempt = Attempt {
            mark,
            sender,
            name: Secret::new(name.to_owned()),
            password,
        };
        (attempt, Base64UrlUnpadded::encode_string(&limited_by))
    }
}

const fn too_many(wait: Duration) -> Tried {
    Tried::Refused(LoginProblem::TooManyAttempts(wait), "too many attempts")
}

/// The first bytes of a hash.
fn cut<const N: usize>(hash: [u8; 32]) -> [u8; N] {
    let (head, _) = hash
        .split_first_chunk::<N>()
        .expect("nothing asks for more than a hash has");
    *head
}
