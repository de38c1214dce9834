//! The pieces of which records, commands, replies and states are written.
//!
//! ```text
//! text   = length(4) UTF-8(length)
//! client = length(1) client_id(length)
//! ```
//! Numbers are big-endian. Reading gives `None` for anything else.

use crate::protocol::ClientId;
use crate::time::Time;
use crate::token::{SessionId, TokenDigest};

/// Bytes being written.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// Begins with a format byte.
    pub fn new(format: u8) -> Self {
        Self(vec![format])
    }

    pub fn kind(&mut self, kind: u8) {
        self.0.push(kind);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub fn digest(&mut self, digest: TokenDigest) {
        self.bytes(digest.as_bytes());
    }

    pub fn session(&mut self, session: SessionId) {
        self.bytes(session.as_bytes());
    }

    /// In milliseconds, 8 bytes.
    pub fn time(&mut self, time: Time) {
        self.bytes(&time.millis().to_be_bytes());
    }

    /// In whole seconds, 4 bytes. They last until 2106; a later time is cut to that.
    pub fn seconds(&mut self, time: Time) {
        let seconds = u32::try_from(time.seconds()).unwrap_or(u32::MAX);
        self.bytes(&seconds.to_be_bytes());
    }

    pub fn client(&mut self, client: &ClientId) {
        let text = client.as_str();
        self.kind(u8::try_from(text.len()).expect("a client id has at most 128 characters"));
        self.bytes(text.as_bytes());
    }

    /// Bytes behind their length.
    pub fn sized(&mut self, bytes: &[u8]) {
        let length = u32::try_from(bytes.len()).expect("an isolate has less than 4 GiB");
        self.bytes(&length.to_be_bytes());
        self.bytes(bytes);
    }

    pub fn text(&mut self, text: &str) {
        self.sized(text.as_bytes());
    }

    pub fn end(self) -> Vec<u8> {
        self.0
    }
}

/// Bytes being read.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// What follows a format byte.
    pub fn new(bytes: &'a [u8], format: u8) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        (*first == format).then_some(Self(rest))
    }

    /// Bytes without a format byte.
    pub const fn bare(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub fn kind(&mut self) -> Option<u8> {
        self.array::<1>().map(|[kind]| kind)
    }

    pub fn digest(&mut self) -> Option<TokenDigest> {
        self.array().map(TokenDigest::from_bytes)
    }

    pub fn session(&mut self) -> Option<SessionId> {
        self.array().map(SessionId::from_bytes)
    }

    pub fn time(&mut self) -> Option<Time> {
        self.array()
            .map(|bytes| Time::from_millis(u64::from_be_bytes(bytes)))
    }

    pub fn seconds(&mut self) -> Option<Time> {
        self.array()
            .map(|bytes| Time::from_seconds(u32::from_be_bytes(bytes).into()))
    }

    pub fn client(&mut self) -> Option<ClientId> {
        let length = usize::from(self.kind()?);
        std::str::from_utf8(self.take(length)?).ok()?.parse().ok()
    }

    pub fn sized(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_be_bytes(self.array()?);
        self.take(usize::try_from(length).ok()?)
    }

    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.sized()?).ok()
    }

    pub const fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// `value`, if nothing is left.
    pub fn end<T>(self, value: T) -> Option<T> {
        self.is_at_end().then_some(value)
    }
}
