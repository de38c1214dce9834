//! The parts of a request that nearly every answer depends on, read at once.

use web_sys::Request;

use super::host;

/// Method, URL, `Authorization` and a POST's `Content-Type`, read in one crossing.
pub struct Head {
    text: String,
    method_ends: usize,
    url_ends: usize,
    authorization_ends: usize,
}

impl Head {
    /// Reads the head of a request.
    #[must_use]
    pub fn read(request: &Request) -> Self {
        let text = host::head(request);
        // A method and a URL have no space in them and a header no line break: `host.js` puts these between them.
        let method_ends = text.find(' ').unwrap_or(text.len());
        let url_ends = text.find('\n').unwrap_or(text.len());
        let authorization_ends = text.rfind('\n').unwrap_or(text.len());
        Self {
            text,
            method_ends,
            url_ends,
            authorization_ends,
        }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.text[..self.method_ends]
    }

    /// The URL; empty where the platform could not make one.
    #[must_use]
    pub fn url(&self) -> &str {
        self.text
            .get(self.method_ends + 1..self.url_ends)
            .unwrap_or_default()
    }

    /// An empty `Authorization` counts as absent, as it does on the platform.
    #[must_use]
    pub fn authorization(&self) -> Option<&str> {
        self.text
            .get(self.url_ends + 1..self.authorization_ends)
            .filter(|value| !value.is_empty())
    }

    /// Of a POST; an empty one counts as absent as well.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.text
            .get(self.authorization_ends + 1..)
            .filter(|value| !value.is_empty())
    }
}
