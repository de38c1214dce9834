//! `[[transmitters]]`: whose security events are taken (Shared Signals Framework 1.0, RFC 8935).

use serde_json::Value;

use super::allow::plain;
use super::environment::Environment;
use super::issuer::Issuer;
use super::provider::{self, Provider};
use super::secret_text;
use super::table::{Problems, Read, Reported, Table};
use crate::protocol::{ClientId, Issuer as OwnIssuer, WebUrl};
use crate::secret::Secret;

/// The greatest number of transmitters.
const MOST_TRANSMITTERS: usize = 64;

/// Where a transmitter pushes its events to, in front of its id.
pub const EVENTS_PATH: &str = "/_postern/events/";

/// Somebody whose security events are taken.
#[derive(Clone, Debug)]
pub struct Transmitter {
    /// `id`: its name in the URL of the endpoint.
    pub id: ClientId,
    /// `issuer`: `iss` of its tokens, compared as a string. It has no query.
    pub issuer: WebUrl,
    /// `audience`: `aud` of its tokens. Default: the URL of the endpoint.
    pub audience: String,
    /// `jwks_uri`: where its keys are; `None`: its metadata says so.
    pub jwks_uri: Option<WebUrl>,
    /// `authorization`.
    pub authorization: PushAuthorization,
    /// `of` or `subject_prefix`: how those are called here whom it may speak about.
    pub names: Names,
}

/// What a push must have in its `Authorization` header.
#[derive(Clone, Debug)]
pub enum PushAuthorization {
    /// `"none"`: the signature of the token is enough.
    None,
    /// `"env:NAME"`: this secret. `None` where it is [`super::Setting::Hidden`].
    Secret(Option<Secret<String>>),
}

/// How those are called here whom one issuer knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The issuer, as `iss` in a subject has it, and under which its sessions are known.
    pub issuer: String,
    /// How its people are called here: as they log in, and as its tokens name them.
    pub people: Vec<Naming>,
}

/// How people are called here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// By which of their claims.
    pub claim: String,
    /// What stands in front of it.
    pub prefix: String,
}

impl Names {
    /// Those of the provider and the issuer with this URL; `None` if there is neither. A provider that speaks for several
    /// tenants is none: each has a URL of its own.
    #[must_use]
    pub fn of(issuer: &str, providers: &[Provider], issuers: &[Issuer]) -> Option<Self> {
        let of_providers = providers
            .iter()
            .filter(|one| one.issuer.as_str() == issuer && one.tenants_at().is_none())
            .map(|one| (&one.subject, &one.subject_prefix));
        let of_issuers = issuers
            .iter()
            .filter(|one| one.issuer.as_str() == issuer)
            .map(|one| (&one.subject, &one.subject_prefix));
        let mut people = Vec::new();
        for (claim, prefix) in of_providers.chain(of_issuers) {
            let naming = Naming {
                claim: claim.clone(),
                prefix: prefix.clone(),
            };
            if !people.contains(&naming) {
                people.push(naming);
            }
        }
        (!people.is_empty()).then(|| Self {
            issuer: issuer.to_owned(),
            people,
        })
    }
}

const KEYS: &[&str] = &[
    "id",
    "issuer",
    "audience",
    "jwks_uri",
    "authorization",
    "of",
    "subject_prefix",
];

/// Whom the configuration knows.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// This site's issuer.
    pub own: &'a OwnIssuer,
    pub providers: &'a [Provider],
    pub issuers: &'a [Issuer],
}

/// Whom it knows, as far as that could be read.
pub(super) fn known<'a>(
    own: &'a Read<OwnIssuer>,
    providers: &'a Read<Vec<Provider>>,
    issuers: &'a Read<Vec<Issuer>>,
) -> Read<Known<'a>> {
    match (own, providers, issuers) {
        (Ok(own), Ok(providers), Ok(issuers)) => Ok(Known {
            own,
            providers,
            issuers,
        }),
        _ => Err(Reported),
    }
}

/// Reads all of them; none if one has a problem.
pub(super) fn read(
    table: &Table<'_>,
    known: Read<Known<'_>>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Vec<Transmitter>> {
    let known = known?;
    let entries = table.tables("transmitters", problems)?;
    if entries.len() > MOST_TRANSMITTERS {
        let message = format!("has more than {MOST_TRANSMITTERS} tables");
        return Err(problems.add(table.key("transmitters"), message));
    }
    let mut transmitters: Vec<Transmitter> = Vec::with_capacity(entries.len());
    let mut fits = Ok(());
    for (path, value) in entries {
        match read_one(path.clone(), value, known, environment, problems) {
            Ok(one) if transmitters.iter().any(|other| other.id == one.id) => {
                let message = "is the id of another transmitter too: give each its own";
                fits = Err(problems.add(format!("{path}.id"), message));
            }
            Ok(one) => transmitters.push(one),
            Err(Reported) => fits = Err(Reported),
        }
    }
    fits.map(|()| transmitters)
}

fn read_one(
    path: String,
    value: &Value,
    known: Known<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<Transmitter> {
    let table = Table::open(path, value, KEYS, problems)?;
    let advice = "write a short name for the URL of the endpoint, such as `keycloak`";
    let id = table.needed("id", advice, str::parse::<ClientId>, problems);
    let advice = "write the issuer as `iss` of its tokens has it";
    let issuer = table.needed("issuer", advice, provider::issuer, problems);
    let audience = table.parsed("audience", |text| plain(text, 512), problems);
    let jwks_uri = table.parsed("jwks_uri", str::parse::<WebUrl>, problems);
    let authorization = authorization(&table, environment, problems);
    let names = match &issuer {
        Ok(issuer) => names(&table, issuer, known, problems),
        Err(Reported) => Err(Reported),
    };
    let id = id?;
    let endpoint = || known.own.url(&format!("{EVENTS_PATH}{id}"));
    Ok(Transmitter {
        issuer: issuer?,
        audience: audience?.unwrap_or_else(endpoint),
        jwks_uri: jwks_uri?,
        authorization: authorization?,
        names: names?,
        id,
    })
}

fn authorization(
    table: &Table<'_>,
    environment: &dyn Environment,
    problems: &mut Problems,
) -> Read<PushAuthorization> {
    let key = "authorization";
    match table.text(key, problems)? {
        Some("none") => Ok(PushAuthorization::None),
        Some(_) => {
            let what = (
                "KEYCLOAK_EVENTS",
                "what the stream sends as `Authorization`",
            );
            let secret = secret_text::read(table, key, what, environment, problems)?;
            Ok(PushAuthorization::Secret(secret))
        }
        None => {
            let message = "is missing: write `env:NAME`, and let the stream send the secret of that name as \
                           `Authorization`; or `none`, if the transmitter can't send one";
            Err(problems.add(table.key(key), message))
        }
    }
}

/// Whom it may speak about.
fn names(
    table: &Table<'_>,
    issuer: &WebUrl,
    known: Known<'_>,
    problems: &mut Problems,
) -> Read<Names> {
    let of = table.text("of", problems)?;
    let prefix = table.parsed("subject_prefix", provider::prefix, problems)?;
    let url = match (of, prefix) {
        (Some(_), Some(_)) => {
            let message = "can't be there beside `of`: leave one of the two out";
            return Err(problems.add(table.key("subject_prefix"), message));
        }
        (None, Some(prefix)) => {
            let people = vec![Naming {
                claim: "sub".to_owned(),
                prefix,
            }];
            return Ok(Names {
                issuer: issuer.as_str().to_owned(),
                people,
            });
        }
        (None, None) => Some(issuer),
        (Some(id), None) => {
            let of_provider = known.providers.iter().find(|one| one.id.as_str() == id);
            let of_issuer = known.issuers.iter().find(|one| one.id.as_str() == id);
            let of_issuer = of_issuer.map(|one| &one.issuer);
            of_provider.map(|one| &one.issuer).or(of_issuer)
        }
    };
    let names = url.and_then(|url| Names::of(url.as_str(), known.providers, known.issuers));
    names.ok_or_else(|| {
        let message = if of.is_some() {
            "is not the id of a provider or an issuer (one that speaks for several tenants can't be meant): write \
             that of whose people and sessions its events are about"
        } else {
            "is missing: its issuer is that of no provider and of no issuer here. Write the id of whose people and \
             sessions its events are about, or `subject_prefix`"
        };
        problems.add(table.key("of"), message)
    })
}
