//! The object that checks passwords, as a request asks it.

use js_sys::Uint8Array;
use worker::wasm_bindgen_futures::JsFuture;

use super::Outside;
use crate::accounts::{Attempt, Reply, desk_of};
use crate::config::names;
use crate::edge::host;
use crate::ports::{Dependency, Passwords, Unavailable};

/// How long to wait at least, in milliseconds: a check waits for its turn and is slow on purpose.
const TIMEOUT: u32 = 5_000;

impl Passwords for Outside {
    async fn check(&self, attempt: &Attempt) -> Result<Reply, Unavailable> {
        let unusable = |cause| Unavailable::new(Dependency::Accounts, cause);
        let body = attempt
            .to_bytes()
            .ok_or_else(|| unusable("the name is too long to be asked for"))?;
        // Exposed to the object that checks it. What JavaScript copies can't be wiped.
        let body = Uint8Array::from(body.expose().as_slice());
        let (env, desk) = (self.env.clone(), desk_of(attempt.mark).to_string());
        let patient = Self::new(self.env.clone(), None, self.timeout.max(TIMEOUT));
        let asked = patient.ask(Dependency::Accounts, async move {
            let asked = host::ask_object(&env, names::ACCOUNTS, &desk, "/check", &body);
            let reply = JsFuture::from(asked).await?;
            Ok(host::bytes_of(&reply).unwrap_or_default())
        });
        Reply::from_bytes(&asked.await?)
            .ok_or_else(|| unusable("its reply is not one that is known"))
    }
}
