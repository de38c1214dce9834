//! A rotation of the sealing keys: which steps it takes, and from which day on the old key may go.

use std::time::Duration;

use postern::config::{Client, Config, Grant};
use postern::time::Time;

use crate::check;
use crate::context::Context;
use crate::make;
use crate::project::{Project, Which};
use crate::step::Stop;

/// A day, in seconds.
const DAY: u64 = 24 * 60 * 60;

/// Prints a new key, which can be piped, and beside it what to do with it.
pub fn run(context: &mut Context<'_>, id: u8, which: &Which) -> Result<(), Stop> {
    let project = Project::open(context, which);
    let all = check::environments(context, &project, which, false);
    let configs: Option<Vec<&Config>> = all.iter().map(|all| all.config.as_ref()).collect();
    let longest =
        configs.and_then(|all| all.into_iter().map(longest).max_by_key(|(life, _)| *life));
    let Some((longest, why)) = longest else {
        return Err(context.fail(format!(
            "{} is refused, and it depends on it when an old key may go: `npx postern check` says what is wrong",
            which.config
        )));
    };
    make::keys(context, id);
    let now = context.now();
    context.say(steps(id, longest, &why, now));
    Ok(())
}

/// The longest that something lives which a key seals and which counts for somebody, and the key of the configuration that
/// says so. What is renewed is sealed anew.
fn longest(config: &Config) -> (Duration, String) {
    let sends_people = |client: &Client| client.grants.contains(&Grant::AuthorizationCode);
    let has_logins = !config.providers.is_empty()
        || !config.accounts.is_empty()
        || config
            .routes
            .iter()
            .any(|route| route.access.takes_sessions())
        || config.clients.iter().any(sends_people);
    let idle = config.session_idle.min(config.session_lifetime);
    let login = has_logins.then(|| (idle, "session_idle".to_owned()));
    let of_clients = config.clients.iter().flat_map(|client| {
        let id = &client.id;
        let access = (!client.grants.is_empty())
            .then(|| (client.token_lifetime, format!("token_lifetime of `{id}`")));
        let refresh = client.grants.contains(&Grant::RefreshToken).then(|| {
            let idle = client.refresh_idle.min(client.refresh_lifetime);
            (idle, format!("refresh_idle of `{id}`"))
        });
        access.into_iter().chain(refresh)
    });
    login
        .into_iter()
        .chain(of_clients)
        .max_by_key(|(life, _)| *life)
        .unwrap_or_else(|| (Duration::ZERO, "nothing is issued".to_owned()))
}

/// What to do. The day is counted from the end of today, so that it is right whenever today step 2 is done.
fn steps(id: u8, longest: Duration, why: &str, now: Time) -> String {
    let tomorrow = (now.seconds() / DAY + 1) * DAY;
    let expired = Time::from_seconds(tomorrow + longest.as_secs());
    let first_whole_day = Time::from_seconds(expired.seconds().div_ceil(DAY) * DAY);
    format!(
        "\nThe line above is the new key. Each step is one `wrangler secret put POSTERN_KEYS`; OLD is what is \
         there now.\n\
         1. Now: `OLD,{id}:...`, so that every place learns to open what it will seal. Wait some minutes.\n\
         2. Then: `{id}:...,OLD`. From now on the new key seals.\n\
         3. From {} on, if step 2 is done today: `{id}:...` alone. Every day that step 2 is later, this is later.\n\
         \x20  The longest that a token lives unrenewed is {} ({why}).\n\
         What outlives that: people are asked again for consents from before step 2. A login from before step 2 \
         that\nhas gone on since is not in its person's list any more, and signing it out does not reach the \
         provider.",
        date(first_whole_day),
        text(longest),
    )
}

/// What to do with a new key that signs. What one signs counts for a minute at most, so nothing depends on the configuration.
pub fn of_signing(id: u8) -> String {
    format!(
        "\nThe line above is the new key. Each step is one `wrangler secret put POSTERN_SIGNING_KEYS`; OLD is what is \
         there now.\n\
         1. Now: `OLD,{id}:...`, so that the new key is published before it signs. Wait ten minutes: origins keep what \
         they\n\
         \x20  have read for a while.\n\
         2. Then: `{id}:...,OLD`. From now on the new key signs.\n\
         3. Ten minutes later: `{id}:...` alone. What the old key has signed counts for a minute at most."
    )
}

/// A length of time in its largest whole unit.
fn text(length: Duration) -> String {
    let seconds = length.as_secs();
    let units = [(DAY, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let (unit, name) = units
        .into_iter()
        .find(|(unit, _)| seconds.is_multiple_of(*unit))
        .unwrap_or((1, "second"));
    let number = seconds / unit;
    format!("{number} {name}{}", if number == 1 { "" } else { "s" })
}

/// The day of a moment, in UTC: `2026-12-11`. The Gregorian calendar, counted in years that begin in March.
pub fn date(time: Time) -> String {
    let days = time.seconds() / DAY + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = (march_month + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month < 3);
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_767_225_599, "2025-12-31"),
            (1_767_225_600, "2026-01-01"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(date(Time::from_seconds(seconds)), expected);
        }
    }

    #[test]
    fn the_old_key_goes_when_whatever_it_sealed_today_has_expired() {
        let at = |seconds, life| {
            steps(
                2,
                Duration::from_secs(life),
                "x",
                Time::from_seconds(seconds),
            )
        };
        // What is sealed at 23:59:59 of the first day ends on the second or fifteenth.
        for now in [0, DAY / 2, DAY - 1] {
            assert!(
                at(now, 3_600).contains("From 1970-01-03 on"),
                "{}",
                at(now, 3_600)
            );
            assert!(at(now, 14 * DAY).contains("From 1970-01-16 on"));
        }
        assert!(at(DAY, 14 * DAY).contains("From 1970-01-17 on"));
        assert!(at(0, 14 * DAY).contains("is 14 days (x)"));
        assert!(at(0, 5_400).contains("is 90 minutes (x)"));
    }
}
