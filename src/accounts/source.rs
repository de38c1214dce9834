//! Where an attempt comes from.
//!
//! Job: one source for everyone who shares an address. IPv4 counts whole. IPv6 counts by its first 64 bits,
//! which is what one household or one server gets: whoever has them has every address below them
//! (RFC 6177, RFC 4291 section 2.5.4). An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is the
//! IPv4 address.

use std::net::IpAddr;

/// Where an attempt comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An IPv4 address.
    V4([u8; 4]),
    /// The first 64 bits of an IPv6 address.
    V6([u8; 8]),
    /// The platform did not say. All of these are one source.
    Unknown,
}

impl Source {
    /// The source of a request with this `CF-Connecting-IP`, which Cloudflare writes.
    #[must_use]
    pub fn of(header: Option<&str>) -> Self {
        let address = header.and_then(|text| text.trim().parse::<IpAddr>().ok());
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Self::V4(address.octets()),
            Some(IpAddr::V6(address)) => {
                let octets = address.octets();
                let (network, _) = octets.split_first_chunk().expect("an address has 16 bytes");
                Self::V6(*network)
            }
            None => Self::Unknown,
        }
    }

    /// Bytes that no other source has.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::V4(address) => address.to_vec(),
            Self::V6(network) => network.to_vec(),
            Self::Unknown => Vec::new(),
        }
    }
}
