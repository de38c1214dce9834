//! What the gate reads of a request.

use crate::protocol::Sender;

/// The part of a request that decides.
pub trait RequestHead: Sender {
    /// The method, exactly as it was received.
    fn method(&self) -> &str;

    /// The country that Cloudflare places its address in (ISO 3166-1, `T1` for Tor), if it says so.
    fn country(&self) -> Option<String>;

    /// Two headers. A platform may read both for the price of one.
    fn two_headers(&self, names: [&'static str; 2]) -> [Option<String>; 2] {
        names.map(|name| self.header(name))
    }
}
