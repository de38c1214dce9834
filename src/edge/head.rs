//! The parts of a request that nearly every answer depends on, read at once.

use std::cell::RefCell;

use web_sys::Request;

use super::host;

/// How many bytes of a head the platform writes into the Wasm by itself: a JWT with many claims has room. What is larger
/// crosses as a string, letter by letter.
const ORDINARY: usize = 8_192;

thread_local! {
    static ROOM: RefCell<Vec<u8>> = RefCell::new(vec![0; ORDINARY]);
}

/// The text that `write` writes into the bytes that it gets. It says how many bytes those are: more than there are if they
/// did not suffice, which gives `None`.
pub fn written(write: impl FnOnce(&mut [u8]) -> u32) -> Option<String> {
    ROOM.with_borrow_mut(|room| {
        let length = usize::try_from(write(room)).ok()?;
        Some(str::from_utf8(room.get(..length)?).ok()?.to_owned())
    })
}

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
        let text = written(|room| host::head_into(request, room));
        let text = text.unwrap_or_else(|| host::head(request));
        // A method and a URL have no space in them and a header no line break: `host.js` puts these between them.
        let bytes = text.as_bytes();
        let is = |wanted: u8| move |byte: &u8| *byte == wanted;
        let method_ends = bytes.iter().position(is(b' ')).unwrap_or(bytes.len());
        let url_ends = bytes.iter().position(is(b'\n')).unwrap_or(bytes.len());
        let authorization_ends = bytes.iter().rposition(is(b'\n')).unwrap_or(bytes.len());
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
