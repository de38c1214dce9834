//! Who sends a request, as it is written on the command line or in a table.

use postern::config::{Config, Require, Test};
use postern::explain::Who;
use postern::protocol::{ResourceUri, Scope};
use serde_json::{Map, Value};

/// A person, of `sub=ann,groups=staff|admins`: claims with their values, several with a bar between them. A claim of which a
/// rule asks what it has is a list, even of one. Without `sub` they are called `somebody`.
pub fn person(text: &str, config: &Config) -> Result<Who, String> {
    let mut claims = Map::new();
    let mut subject = None;
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let Some((name, value)) = part.split_once('=') else {
            return Err(format!(
                "`{part}` is not `claim=value`: write it as in `sub=ann,groups=staff|admins`"
            ));
        };
        if name == "sub" {
            subject = Some(value.to_owned());
            continue;
        }
        let value = match value.split_once('|') {
            None if is_list(name, config) => Value::from([value].as_slice()),
            None => Value::from(value),
            Some(_) => value.split('|').collect(),
        };
        claims.insert(name.to_owned(), value);
    }
    Ok(Who::Person {
        subject: subject.unwrap_or_else(|| "somebody".to_owned()),
        claims,
    })
}

/// Whether a rule looks for something in this claim.
fn is_list(claim: &str, config: &Config) -> bool {
    let routes = config.routes.iter().chain(&config.tried);
    let of_routes = routes.filter_map(|route| route.rules.as_ref()?.require.as_deref());
    let of_scopes = config.scopes_for.all().iter().map(|one| &*one.require);
    let mut rules = of_routes.chain(of_scopes).flat_map(Require::any).flatten();
    rules.any(|rule| rule.claim == claim && matches!(rule.test, Test::Has(_)))
}

/// A program with a token of this client. What is not said is what the client gets if it asks for nothing: all of its scopes,
/// and all of its audiences.
pub fn program(
    config: &Config,
    id: &str,
    scopes: Option<&[String]>,
    audiences: Option<&[String]>,
) -> Result<Who, String> {
    let client = config.client(id);
    let known = || {
        let ids: Vec<&str> = config
            .clients
            .iter()
            .map(|client| client.id.as_str())
            .collect();
        match ids.as_slice() {
            [] => "there is none".to_owned(),
            ids => format!("there are {}", ids.join(", ")),
        }
    };
    let Some(client) = client else {
        return Err(format!("no client is called `{id}`: {}", known()));
    };
    let scope = match scopes {
        None => client.scope.clone(),
        Some(tokens) => {
            for token in tokens {
                if !client.scope.contains(token) {
                    let has = client.scope.to_string();
                    return Err(format!(
                        "the client `{id}` cannot get the scope `{token}`: it may have {}",
                        if has.is_empty() { "none" } else { &has }
                    ));
                }
            }
            Scope::from_tokens(tokens).map_err(|error| error.to_string())?
        }
    };
    let audiences = match audiences {
        None => client.audiences.clone(),
        Some(texts) => {
            let mut audiences = Vec::new();
            for text in texts {
                let audience: ResourceUri = text
                    .parse()
                    .map_err(|error| format!("the audience `{text}` {error}"))?;
                if !client.audiences.contains(&audience) {
                    return Err(format!("the client `{id}` cannot get a token for {text}"));
                }
                audiences.push(audience);
            }
            audiences
        }
    };
    Ok(Who::Token {
        person: None,
        client: client.id.clone(),
        scope,
        audiences,
    })
}

/// In words.
pub fn words(who: &Who) -> String {
    match who {
        Who::Nobody => "nobody".to_owned(),
        Who::Token {
            client,
            scope,
            person,
            ..
        } => {
            let scope = if scope.is_empty() {
                "without a scope".to_owned()
            } else {
                format!("for {scope}")
            };
            let of_whom = person.as_ref().map(|(subject, claims)| {
                let words = person_words(subject, claims);
                format!(", given by {words}")
            });
            let of_whom = of_whom.unwrap_or_default();
            format!("a token of `{client}` {scope}{of_whom}")
        }
        Who::Person { subject, claims } => person_words(subject, claims),
    }
}

fn person_words(subject: &str, claims: &Map<String, Value>) -> String {
    if claims.is_empty() {
        return subject.to_owned();
    }
    let claims: Vec<String> = claims
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    format!("{subject} ({})", claims.join(", "))
}

/// A token of this program that this person has given it.
pub fn by_way_of(program: Who, given_by: Who) -> Who {
    match (program, given_by) {
        (
            Who::Token {
                client,
                scope,
                audiences,
                ..
            },
            Who::Person { subject, claims },
        ) => Who::Token {
            client,
            scope,
            audiences,
            person: Some((subject, claims)),
        },
        (program, _) => program,
    }
}
