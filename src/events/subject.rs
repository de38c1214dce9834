//! Subject identifiers (RFC 9493), and subjects that are made of several (Shared Signals Framework 1.0 section 3).
//!
//! Only what can name somebody here is kept. `subject_type` and `iss-sub` are what `format` and `iss_sub` were called in
//! drafts, and some still send them.

use serde_json::Value;

/// How many identifiers of one principal are looked at (`aliases`).
const MOST_ALIASES: usize = 8;

/// What one identifier says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifier {
    /// `iss_sub`: what an issuer calls somebody.
    IssuerSubject {
        /// `iss`.
        issuer: String,
        /// `sub`.
        subject: String,
    },
    /// `opaque`: a name that both sides know.
    Opaque(String),
    /// `email` and `phone_number`: the claim of this name says it.
    Claim(&'static str, String),
    /// `jwt_id` (Shared Signals Framework section 3.5.1): a token.
    Token {
        /// `iss`.
        issuer: String,
        /// `jti`.
        id: String,
    },
    /// It is of a format that names nobody here.
    Other,
}

/// Whom or what an event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// What names the person: several only with `aliases`. A subject that is not complex is here, whatever it names.
    pub person: Vec<Identifier>,
    /// What names the session. Only a complex subject says that it is one.
    pub session: Option<Identifier>,
    /// Whether it is made of several, each of which says what it is.
    pub is_complex: bool,
}

/// Why a subject cannot be read. It says what of it is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnfitSubject(pub &'static str);

impl Subject {
    /// Reads one.
    ///
    /// # Errors
    /// [`UnfitSubject`] if it is not what its format says.
    pub fn read(value: &Value) -> Result<Self, UnfitSubject> {
        if !value.is_object() {
            return Err(UnfitSubject("it is not an object"));
        }
        match format(value)?.as_deref() {
            Some("complex") => Self::complex(value),
            Some("aliases") => {
                let aliases = value.get("identifiers").and_then(Value::as_array);
                let aliases = aliases.ok_or(UnfitSubject("it has no list of identifiers"))?;
                if aliases.is_empty() || aliases.len() > MOST_ALIASES {
                    return Err(UnfitSubject("it has no identifiers, or more than eight"));
                }
                let person = aliases.iter().map(Identifier::read);
                Ok(Self {
                    person: person.collect::<Result<_, _>>()?,
                    ..Self::default()
                })
            }
            // As drafts wrote it.
            None if value.get("user").is_some() || value.get("session").is_some() => {
                Self::complex(value)
            }
            _ => Ok(Self {
                person: vec![Identifier::read(value)?],
                ..Self::default()
            }),
        }
    }

    /// All members are about one principal, so what cannot be looked up (a device, a tenant) is left out.
    fn complex(value: &Value) -> Result<Self, UnfitSubject> {
        let member = |name: &str| value.get(name).map(Identifier::read).transpose();
        Ok(Self {
            person: member("user")?.into_iter().collect(),
            session: member("session")?,
            is_complex: true,
        })
    }
}

impl Identifier {
    fn read(value: &Value) -> Result<Self, UnfitSubject> {
        let text = |name: &str| {
            let text = value.get(name).and_then(Value::as_str);
            let fits = |text: &&str| {
                (1..=255).contains(&text.len()) && !text.chars().any(char::is_control)
            };
            let text = text.filter(fits).map(str::to_owned);
            text.ok_or(UnfitSubject(
                "a member of it is missing, or is not a text of 1 to 255 bytes",
            ))
        };
        let format = format(value)?.ok_or(UnfitSubject("it has no format"))?;
        Ok(match format.as_str() {
            "iss_sub" => Self::IssuerSubject {
                issuer: text("iss")?,
                subject: text("sub")?,
            },
            "opaque" => Self::Opaque(text("id")?),
            "email" => Self::Claim("email", text("email")?),
            "phone_number" => Self::Claim("phone_number", text("phone_number")?),
            "jwt_id" => Self::Token {
                issuer: text("iss")?,
                id: text("jti")?,
            },
            _ => Self::Other,
        })
    }
}

/// Its format; `None` if it has none.
fn format(value: &Value) -> Result<Option<String>, UnfitSubject> {
    let format = value.get("format").or_else(|| value.get("subject_type"));
    match format {
        None => Ok(None),
        Some(Value::String(format)) => Ok(Some(format.replace('-', "_"))),
        Some(_) => Err(UnfitSubject("its format is not text")),
    }
}
