//! What the gate reads of a request.

use crate::protocol::Sender;

/// The part of a request that decides.
pub trait RequestHead: Sender {
    /// The method, exactly as it was received.
    fn method(&self) -> &str;

    /// Two headers. A platform may read both for the price of one.
    fn two_headers(&self, names: [&'static str; 2]) -> [Option<String>; 2] {
        names.map(|name| self.header(name))
    }
}
