//! What somebody wants: what is to be gated, and who may enter.

use postern::accounts::Name;

/// What is to be gated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Static files.
    Files(Files),
    /// A Worker in the same place.
    Worker(Worker),
    /// A server elsewhere, by its origin.
    Server(String),
}

/// A folder of static files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// Where they are.
    pub folder: String,
    /// How a path without a file is answered.
    pub not_found: Option<&'static str>,
    /// What writes the folder, if something does: a command.
    pub build: Option<String>,
}

/// A Worker of one's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worker {
    /// Its entry; `None` for one that is to be begun.
    pub main: Option<String>,
    /// What it has in its folder of static files, as patterns.
    pub files: Vec<String>,
    /// What writes the entry, if something does: a command.
    pub build: Option<String>,
    /// Whether the static files beside it are a single-page application, and only what is below `/api` is its own.
    pub is_beside_pages: bool,
    /// The framework that writes it.
    pub by: Option<Framework>,
}

impl Worker {
    /// The folder for static files in which its framework puts them, where that is always the same.
    pub fn assets(&self) -> Option<Files> {
        let folder = match self.by? {
            Framework::Astro => "dist",
            Framework::SvelteKit => ".svelte-kit/cloudflare",
            Framework::OpenNext => return None,
        };
        Some(Files {
            folder: folder.to_owned(),
            ..Files::default()
        })
    }
}

/// A framework that writes a Worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    /// Astro with its adapter.
    Astro,
    /// `SvelteKit` with its adapter, which writes to wherever the wrangler file says.
    SvelteKit,
    /// Next.js by way of `OpenNext`.
    OpenNext,
}

/// Who may enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// People with an account of this site, of whom this is the first.
    Account(Name),
    /// People of an OpenID Connect provider.
    Provider(Provider),
    /// Whoever the postern.toml that is there lets in: people of providers.
    AsConfigured,
}

/// An OpenID Connect provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its issuer.
    pub issuer: String,
    /// The name of this site there.
    pub client_id: String,
    /// Whether it gave a secret too.
    pub has_secret: bool,
    /// Whom it lets in.
    pub allow: Vec<Allow>,
}

/// Whom a provider's login lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    /// Whoever has an account there.
    Anyone,
    /// One address.
    Address(String),
    /// The addresses at a domain.
    Domain(String),
    /// A claim that is a list with this text in it.
    Has(String, String),
}

impl Allow {
    /// `anyone`, `ann@example.com`, `@example.com` or `groups=staff`.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_plain = |part: &str| {
            !part.is_empty() && !part.contains(|c: char| c.is_control() || "\"\\".contains(c))
        };
        if text == "anyone" {
            return Some(Self::Anyone);
        }
        if let Some((claim, value)) = text.split_once('=') {
            let (claim, value) = (claim.trim(), value.trim());
            let found = Self::Has(claim.to_owned(), value.to_owned());
            return (is_plain(claim) && is_plain(value)).then_some(found);
        }
        let (name, domain) = text.split_once('@')?;
        if !is_plain(domain) || domain.contains('@') {
            return None;
        }
        match name {
            "" => Some(Self::Domain(domain.to_owned())),
            name => is_plain(name).then(|| Self::Address(text.to_owned())),
        }
    }

    /// As a rule of `allow`.
    pub fn rule(&self) -> Option<String> {
        Some(match self {
            Self::Anyone => return None,
            Self::Address(address) => format!("{{ claim = \"email\", is = \"{address}\" }}"),
            Self::Domain(domain) => format!("{{ claim = \"email\", domain = \"{domain}\" }}"),
            Self::Has(claim, value) => format!("{{ claim = \"{claim}\", has = \"{value}\" }}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_provider_lets_in() {
        for (text, rule) in [
            (
                "ann@example.com",
                r#"{ claim = "email", is = "ann@example.com" }"#,
            ),
            (
                "@example.com",
                r#"{ claim = "email", domain = "example.com" }"#,
            ),
            ("groups = staff", r#"{ claim = "groups", has = "staff" }"#),
        ] {
            let found = Allow::read(text).unwrap();
            assert_eq!(found.rule().as_deref(), Some(rule), "{text}");
        }
        assert_eq!(Allow::read("anyone"), Some(Allow::Anyone));
        for bad in [
            "",
            "ann",
            "@",
            "a@b@c",
            "=x",
            "x=",
            "gr\"oups=staff",
            "a\"@b.c",
        ] {
            assert_eq!(Allow::read(bad), None, "{bad}");
        }
    }
}
