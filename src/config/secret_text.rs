//! Secrets that are shown to others, such as that of Postern at a provider: always `env:NAME`.

use super::environment::{Environment, Setting};
use super::secret_digest::is_setting;
use super::table::{Problems, Read, Table};
use crate::secret::Secret;

/// Reads the secret that `key` names. `example` is the name of one; `how` says where its text is to be had. `None` if
/// there is no such key, and where the secret can't be seen from here.
pub(super) fn read(
    table: &Table<'_>,
    key: &str,
    (example, how): (&str, &str),
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Option<Secret<String>>> {
    let Some(text) = table.text(key, problems)? else {
        return Ok(None);
    };
    let Some(name) = text.strip_prefix("env:").filter(|name| is_setting(name)) else {
        let message = format!(
            "must be `env:` and the name of a secret, such as `env:{example}`: the secret itself does not belong \
             into this file. Store it with `wrangler secret put`"
        );
        return Err(problems.add(table.key(key), message));
    };
    match environment.setting(name) {
        Setting::Value(value) => {
            // Exposed to lose the white space around it. No message repeats it.
            let value = value.expose().trim();
            if value.is_empty() {
                let message = format!("the secret `{name}` is empty: store it again");
                return Err(problems.add(table.key(key), message));
            }
            Ok(Some(Secret::new(value.to_owned())))
        }
        Setting::Missing => Err(problems.add(
            table.key(key),
            format!(
                "there is no secret `{name}`: run `wrangler secret put {name}` and give it {how} (on your own \
                 machine, write it into .dev.vars)"
            ),
        )),
        Setting::Hidden => Ok(None),
    }
}
