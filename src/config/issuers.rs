//! `[[issuers]]` as a whole: no two of them name the same person, unless it is one issuer.

use super::environment::Environment;
use super::issuer::{self, Issuer};
use super::provider::Provider;
use super::table::{Problems, Read, Reported, Table};
use crate::protocol::Issuer as OwnIssuer;

/// The greatest number of issuers: each has a bit beside Postern's own.
const MOST_ISSUERS: usize = 63;

/// Reads all of them; none if one has a problem. `own` is this site's issuer.
pub(super) fn read(
    table: &Table<'_>,
    environment: &dyn Environment,
    own: Option<&OwnIssuer>,
    providers: Option<&[Provider]>,
    problems: &mut Problems,
) -> Read<Vec<Issuer>> {
    let entries = table.tables("issuers", problems)?;
    if entries.len() > MOST_ISSUERS {
        let message = format!("has more than {MOST_ISSUERS} tables");
        return Err(problems.add(table.key("issuers"), message));
    }
    let providers = providers.unwrap_or_default();
    let mut issuers: Vec<(String, Issuer)> = Vec::with_capacity(entries.len());
    let mut fits = Ok(());
    for (path, value) in entries {
        match issuer::read_one(path.clone(), value, environment, (own, providers), problems) {
            Ok(issuer) => {
                for (first, other) in &issuers {
                    fits = fits.and(check_pair(first, other, &path, &issuer, problems));
                }
                fits = fits.and(check_providers(&path, &issuer, providers, problems));
                issuers.push((path, issuer));
            }
            Err(Reported) => fits = Err(Reported),
        }
    }
    fits.map(|()| issuers.into_iter().map(|(_, issuer)| issuer).collect())
}

/// Two issuers must not have the same id or be the same one, and must not be able to name the same subject.
fn check_pair(
    first: &str,
    other: &Issuer,
    path: &str,
    issuer: &Issuer,
    problems: &mut Problems,
) -> Read<()> {
    let (key, message) = if issuer.id == other.id {
        (
            "id",
            format!("is the id of {first} too: give each issuer its own"),
        )
    } else if issuer.issuer == other.issuer {
        (
            "issuer",
            format!("is that of {first} too: make one of the two tables"),
        )
    } else if overlap(&issuer.subject_prefix, &other.subject_prefix) {
        ("subject_prefix", names_the_same(first))
    } else {
        return Ok(());
    };
    Err(problems.add(format!("{path}.{key}"), message))
}

/// Holds an issuer apart from the providers. A person may come with a login and with a token of the same issuer, and is one person then.
fn check_providers(
    path: &str,
    issuer: &Issuer,
    providers: &[Provider],
    problems: &mut Problems,
) -> Read<()> {
    let mut providers_of_id = providers.iter().filter(|one| one.id == issuer.id);
    if providers_of_id.any(|one| one.issuer != issuer.issuer) {
        let message = "is the id of a provider with another `issuer`: each has a URL for logout tokens, by its id";
        return Err(problems.add(format!("{path}.id"), message));
    }
    let wrong = providers.iter().enumerate().find(|(_, provider)| {
        let is_the_same = provider.issuer == issuer.issuer
            && provider.subject_prefix == issuer.subject_prefix
            && provider.subject == issuer.subject;
        !is_the_same && overlap(&provider.subject_prefix, &issuer.subject_prefix)
    });
    let is_shared = |provider: &Provider| {
        provider.issuer == issuer.issuer && provider.subject_prefix == issuer.subject_prefix
    };
    let message = match wrong {
        Some((at, _)) => names_the_same(&format!("providers[{at}]")),
        // No account and no client has one in its name.
        None if !issuer.subject_prefix.contains(':') && !providers.iter().any(is_shared) => {
            "must have a `:`, so that no account and no client of this site is named like its people: leave it out, \
             or write one at its end"
                .to_owned()
        }
        None => return Ok(()),
    };
    Err(problems.add(format!("{path}.subject_prefix"), message))
}

fn overlap(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

fn names_the_same(other: &str) -> String {
    format!(
        "begins like that of {other}, so that both could name the same person: leave it out of both, or give each \
         its own with a sign such as `:` at its end"
    )
}
