//! The people who log in by name and password.
//!
//! Job: read the secret `POSTERN_USERS`, and hold it to what the rest of the Worker must have for it.

use super::table::{Noted, Problems, Read};
use super::{BindingKind, Environment, Setting, binding};
use crate::accounts::Accounts;

/// How much of an isolate's 128 MB the cache and a login may have: the rest is for the program,
/// JavaScript, and the requests on their way.
const MEMORY: u64 = 96 << 20;

const HOW_TO_LIMIT: &str = "is no binding of this Worker, and with accounts in POSTERN_USERS somebody must count the \
                            attempts to log in: add `[[ratelimits]]` with `name = \
                            \"POSTERN_LOGIN_LIMIT\"`, `namespace_id = \"1001\"` (a number of your own) \
                            and `simple = { limit = 10, period = 60 }` to wrangler.toml";

/// Reads the accounts. Whether there are any is not known where the secret is hidden: then nothing
/// is asked for their sake.
pub(super) fn read(environment: &dyn Environment, problems: &mut Problems) -> Read<Accounts> {
    let text = match environment.setting(binding::USERS) {
        Setting::Value(text) => text,
        Setting::Missing | Setting::Hidden => return Ok(Accounts::default()),
    };
    // It is parsed where it is, and the errors of the parser never repeat it.
    let accounts = Accounts::parse(text.expose());
    // A list with a bad line has accounts in it too.
    let may_log_in = accounts
        .as_ref()
        .map_or(true, |accounts| !accounts.is_empty());
    if may_log_in
        && environment.has_binding(binding::LOGIN_LIMIT, BindingKind::RateLimiter) == Some(false)
    {
        problems.note(binding::LOGIN_LIMIT, HOW_TO_LIMIT);
    }
    accounts.map_err(|lines| {
        for line in lines {
            let message = format!("{line}: `make user` prints a good line");
            problems.note(binding::USERS, message);
        }
        Noted
    })
}

/// The memory of a login and that of the cache are both there at once, and neither is ever given
/// back to the isolate.
pub(super) fn check_memory(accounts: &Accounts, cache_bytes: usize, problems: &mut Problems) {
    let mebibytes = accounts.memory() >> 20;
    if accounts.memory() + cache_bytes as u64 > MEMORY {
        let most = MEMORY - accounts.memory();
        problems.note(
            "cache_bytes",
            format!(
                "must be at most {most}, because a login with the costliest hash of POSTERN_USERS \
                 takes {mebibytes} MiB of the same memory"
            ),
        );
    }
}
