//! `identity`: the headers in which an origin is told who is there.
//!
//! ```text
//! identity = { *( header = fact ) }
//! header   = token                     ; RFC 9110 section 5.6.2, in any case
//! fact     = "subject" / "username" / "client" / "scope" / "session" / "issuer" / "auth_time" / "acr" / "amr"
//!          / "claims." name
//! ```
//! Job: which header says what. Not its job: how a value is written; `gate::forward` has that.

use std::fmt;
use std::rc::Rc;

use serde_json::Value;

use super::issuer::Issuer;
use super::origin::Origin;
use super::provider::Provider;
use super::table::{Problems, Read, Table};

/// The headers of a route. An empty list tells nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity(Rc<[IdentityHeader]>);

/// A header, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityHeader {
    /// Its name, in lower case.
    pub name: String,
    /// What it says.
    pub fact: Fact,
}

/// What is known of whoever is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// `subject`: who the token stands for (`sub`).
    Subject,
    /// `username`.
    Username,
    /// `client`: the client that the token was issued to (`client_id`).
    Client,
    /// `scope`: scope tokens with single spaces between them; may be empty.
    Scope,
    /// `session` (`sid`), base64url.
    Session,
    /// `issuer`: who issued the token (`iss`).
    Issuer,
    /// `auth_time`, seconds since 1970.
    AuthTime,
    /// `acr`.
    Acr,
    /// `amr`, a list.
    Amr,
    /// `claims.NAME`: a further claim that was kept.
    Claim(String),
}

/// Those that have a name of their own.
const FACTS: [(&str, Fact); 9] = [
    ("subject", Fact::Subject),
    ("username", Fact::Username),
    ("client", Fact::Client),
    ("scope", Fact::Scope),
    ("session", Fact::Session),
    ("issuer", Fact::Issuer),
    ("auth_time", Fact::AuthTime),
    ("acr", Fact::Acr),
    ("amr", Fact::Amr),
];

impl fmt::Display for Fact {
    /// As it is written in the configuration.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, FACTS.iter().find(|(_, fact)| fact == self)) {
            (Self::Claim(name), _) => write!(f, "claims.{name}"),
            (_, known) => f.write_str(known.map_or("", |(name, _)| *name)),
        }
    }
}

/// Without a table: these.
const DEFAULT: [(&str, Fact); 4] = [
    ("x-postern-subject", Fact::Subject),
    ("x-postern-client", Fact::Client),
    ("x-postern-scope", Fact::Scope),
    ("x-postern-session", Fact::Session),
];

/// The greatest number of headers of a route: each costs something with every request.
const MOST: usize = 16;
/// The greatest length of a name.
const LONGEST_NAME: usize = 64;

/// Names that mean something else to HTTP, to Cloudflare, to servers and to frameworks, in lower case. An origin that found
/// who is there in one of these would take it for the client's address, for a credential, for another path or method.
const TAKEN: &[&str] = &[
    "authorization",
    "cache-control",
    "cdn-loop",
    "client-ip",
    "connection",
    "cookie",
    "cookie2",
    "date",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "max-forwards",
    "origin",
    "pragma",
    "proxy",
    "range",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "true-client-ip",
    "upgrade",
    "user-agent",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-method",
    "x-forwarded-path",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-scheme",
    "x-forwarded-server",
    "x-forwarded-ssl",
    "x-forwarded-uri",
    "x-host",
    "x-method-override",
    "x-real-ip",
    "x-rewrite-url",
];

/// The same of families.
const TAKEN_PREFIXES: &[&str] = &[
    "accept",
    "access-control-",
    "cf-",
    "content-",
    "if-",
    "proxy-",
    "sec-",
    "x-http-",
    "x-middleware-",
    "x-original-",
];

/// The header of the signed statement.
const ASSERTION: &str = "x-postern-assertion";

impl Identity {
    /// No header.
    #[must_use]
    pub fn none() -> Self {
        Self(Rc::new([]))
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &[IdentityHeader] {
        &self.0
    }

    /// Whether it is the very same list: then what was made of one is good for the other.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The same list, where one of these is equal. So what is made of it once serves all routes that have it.
    fn shared(self, known: &mut Vec<Self>) -> Self {
        if let Some(same) = known.iter().find(|other| **other == self) {
            return same.clone();
        }
        if known.len() < MOST {
            known.push(self.clone());
        }
        self
    }
}

impl Default for Identity {
    fn default() -> Self {
        let header = |(name, fact): (&str, Fact)| IdentityHeader {
            name: name.to_owned(),
            fact,
        };
        Self(DEFAULT.map(header).into())
    }
}

/// Whether two names are one to some server: CGI and the like read every sign in a name as the same one.
#[must_use]
pub fn is_same_name(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().map(letter).eq(other.bytes().map(letter))
}

fn letter(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() {
        byte.to_ascii_lowercase()
    } else {
        b'-'
    }
}

/// The claims that sessions keep; `None` where one of the tables that say so is wrong.
pub(super) fn kept<'c>(
    providers: Option<&'c [Provider]>,
    issuers: Option<&'c [Issuer]>,
) -> Option<Vec<&'c str>> {
    let of_providers = providers?.iter().flat_map(|provider| &provider.claims);
    let of_issuers = issuers?.iter().flat_map(|issuer| &issuer.claims);
    Some(of_providers.chain(of_issuers).map(String::as_str).collect())
}

/// What routes are told by default, and the lists that there are.
pub(super) struct Identities<'c> {
    default: Identity,
    known: Vec<Identity>,
    /// The claims that sessions keep; `None` where that can't be said.
    kept: Option<Vec<&'c str>>,
}

impl<'c> Identities<'c> {
    /// Reads the default, which stands at the top of the file. `kept` has the claims that sessions keep.
    pub(super) fn read(
        table: &Table<'_>,
        kept: Option<Vec<&'c str>>,
        problems: &mut Problems,
    ) -> Self {
        let own = read(table, kept.as_deref(), problems).unwrap_or_default();
        let default = own.unwrap_or_default();
        Self {
            known: vec![default.clone()],
            default,
            kept,
        }
    }

    /// Reads what the origin of a route is told.
    pub(super) fn of_route(
        &mut self,
        table: &Table<'_>,
        origin: Option<&Origin>,
        problems: &mut Problems,
    ) -> Read<Identity> {
        let own = read(table, self.kept.as_deref(), problems)?;
        match (origin, own) {
            (Some(Origin::Assets), Some(_)) => {
                let message = "means nothing with `origin = \"assets\"`: a file reads no header. Leave it out";
                Err(problems.add(table.key("identity"), message))
            }
            (Some(Origin::App), Some(_)) => {
                let message = "means nothing with `origin = \"app\"`: there `identity(request)` says who it is. Leave \
                               it out";
                Err(problems.add(table.key("identity"), message))
            }
            (Some(Origin::Assets | Origin::App) | None, None) => Ok(Identity::none()),
            (_, Some(own)) => Ok(own.shared(&mut self.known)),
            (Some(_), None) => Ok(self.default.clone()),
        }
    }
}

fn read(
    table: &Table<'_>,
    kept: Option<&[&str]>,
    problems: &mut Problems,
) -> Read<Option<Identity>> {
    let key = table.key("identity");
    let entries = match table.value("identity") {
        None => return Ok(None),
        Some(Value::Object(entries)) => entries,
        Some(_) => {
            let message = "must be a table of headers, such as `{ \"X-User\" = \"username\" }`, or `{}` for none";
            return Err(problems.add(key, message));
        }
    };
    if entries.len() > MOST {
        let message =
            format!("has more than {MOST} headers: name those alone that the origin reads");
        return Err(problems.add(key, message));
    }
    let mut headers: Vec<IdentityHeader> = Vec::with_capacity(entries.len());
    let mut fits = Ok(());
    for (name, said) in entries {
        let mut say = |message: &str| fits = Err(problems.add(format!("{key}.{name}"), message));
        let own = match name_of(name) {
            Ok(own) => own,
            Err(message) => {
                say(message);
                continue;
            }
        };
        if headers.iter().any(|other| is_same_name(&other.name, &own)) {
            say(
                "is there twice: some servers read `-`, `_` and every other sign in a name as the same",
            );
            continue;
        }
        match said.as_str().map(fact_of) {
            Some(Ok(Fact::Claim(claim)))
                if kept.is_some_and(|kept| !kept.contains(&claim.as_str())) =>
            {
                say(
                    "is a claim that no session keeps: add it to the `claims` of a provider or an issuer",
                );
            }
            Some(Ok(fact)) => {
                let mut ours = DEFAULT.iter();
                if ours.any(|(ours, own_fact)| is_same_name(ours, &own) && *own_fact != fact) {
                    say(
                        "says something else everywhere: write a name of your own, such as `x-user`",
                    );
                    continue;
                }
                headers.push(IdentityHeader { name: own, fact });
            }
            Some(Err(message)) => say(message),
            None => say("must be text, in quotes, such as `\"username\"`"),
        }
    }
    fits.map(|()| Some(Identity(headers.into())))
}

fn name_of(text: &str) -> Result<String, &'static str> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if text.is_empty() || text.len() > LONGEST_NAME || !text.bytes().all(fits) {
        return Err(
            "is not the name of a header: write 1 to 64 letters, digits and hyphens, such as `x-user`",
        );
    }
    let is_taken = TAKEN.iter().any(|taken| is_same_name(taken, text));
    let begins = |prefix: &&str| {
        let begin = text.get(..prefix.len());
        begin.is_some_and(|begin| is_same_name(begin, prefix))
    };
    if is_taken || TAKEN_PREFIXES.iter().any(begins) {
        return Err(
            "is a header that means something else to servers or to Cloudflare: write a name of your own, such as \
             `x-user`",
        );
    }
    if is_same_name(text, ASSERTION) {
        return Err("is the header of `assertion`: write `assertion = true` for that");
    }
    Ok(text.to_ascii_lowercase())
}

fn fact_of(text: &str) -> Result<Fact, &'static str> {
    if let Some(name) = text.strip_prefix("claims.").filter(|name| !name.is_empty()) {
        return Ok(Fact::Claim(name.to_owned()));
    }
    let found = FACTS.into_iter().find(|(name, _)| *name == text);
    found.map(|(_, fact)| fact).ok_or(
        "must be one of `subject`, `username`, `client`, `scope`, `session`, `issuer`, `auth_time`, `acr`, `amr`, or \
         `claims.` and the name of a claim",
    )
}
