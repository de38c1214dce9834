//! `networks` of a route: from which addresses a request may come.
//!
//! ```text
//! network = address [ "/" prefix ]    ; 192.0.2.0/24, 2001:db8::/32, or one address
//! ```

use std::net::IpAddr;

/// The addresses that begin with the same bits (RFC 4632, RFC 4291 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The address, as an IPv6 one, with zeros behind its prefix.
    bits: u128,
    is_v4: bool,
    /// How many of its bits count.
    prefix: u32,
}

impl Network {
    /// Whether this address, as Cloudflare writes it, is one of them. An IPv4 address that is written as an IPv6 one is the
    /// IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (bits, is_v4) = parts(address);
        is_v4 == self.is_v4 && bits & mask(is_v4, self.prefix) == self.bits
    }

    /// Whether each address of `other` is one of these.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.is_v4 == other.is_v4
            && self.prefix <= other.prefix
            && other.bits & mask(self.is_v4, self.prefix) == self.bits
    }

    /// As it is written.
    #[must_use]
    pub fn text(&self) -> String {
        let address = if self.is_v4 {
            #[expect(clippy::cast_possible_truncation, reason = "it was 32 bits before")]
            IpAddr::V4((self.bits as u32).into())
        } else {
            IpAddr::V6(self.bits.into())
        };
        format!("{address}/{}", self.prefix)
    }
}

fn parts(address: IpAddr) -> (u128, bool) {
    match address.to_canonical() {
        IpAddr::V4(address) => (u32::from(address).into(), true),
        IpAddr::V6(address) => (address.into(), false),
    }
}

const fn bits(is_v4: bool) -> u32 {
    if is_v4 { 32 } else { 128 }
}

/// The first `prefix` bits of an address.
fn mask(is_v4: bool, prefix: u32) -> u128 {
    let behind = bits(is_v4) - prefix;
    u128::MAX.checked_shl(behind).unwrap_or_default()
}

/// Reads one.
pub(super) fn parse(text: &str) -> Result<Network, String> {
    const HOW: &str = "write a network such as `192.0.2.0/24` or `2001:db8::/32`, or one address";
    let (address, prefix) = text
        .split_once('/')
        .map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let Ok(address) = address.parse::<IpAddr>() else {
        return Err(format!("is not a network: {HOW}"));
    };
    if address.to_canonical() != address {
        return Err("is an IPv4 address in an IPv6 one: write the IPv4 network itself".to_owned());
    }
    let (all, is_v4) = parts(address);
    let most = bits(is_v4);
    let is_number = |text: &&str| text.bytes().all(|b| b.is_ascii_digit());
    let prefix = match prefix {
        None => Some(most),
        Some(text) => Some(text)
            .filter(is_number)
            .and_then(|text| text.parse().ok()),
    };
    let Some(prefix) = prefix.filter(|prefix| *prefix <= most) else {
        return Err(format!(
            "has no prefix from 0 to {most} behind its `/`: {HOW}"
        ));
    };
    let network = Network {
        bits: all & mask(is_v4, prefix),
        is_v4,
        prefix,
    };
    if network.bits != all {
        return Err(format!(
            "has bits behind its prefix: write `{}` for that network, or `{address}` for the one address",
            network.text()
        ));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        parse(network).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn an_address_is_in_a_network_or_not() {
        for (network, address, expected) in [
            ("192.0.2.0/24", "192.0.2.0", true),
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.0/24", "::ffff:192.0.2.7", true),
            ("192.0.2.0/24", "::192.0.2.7", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.7", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::", false),
            ("2001:db8::1", "2001:db8::1", true),
            ("2001:db8::1", "2001:db8::2", false),
            ("2001:db8:0:80::/57", "2001:db8:0:ff::", true),
            ("2001:db8:0:80::/57", "2001:db8:0:7f::", false),
        ] {
            assert_eq!(contains(network, address), expected, "{network} {address}");
        }
    }

    #[test]
    fn what_is_not_a_network_is_said() {
        for (text, says) in [
            ("", "is not a network"),
            ("192.0.2", "is not a network"),
            ("192.0.2.0/24 ", "has no prefix"),
            ("192.0.2.0/", "has no prefix"),
            ("192.0.2.0/33", "has no prefix"),
            ("192.0.2.0/+4", "has no prefix"),
            ("2001:db8::/129", "has no prefix"),
            ("office", "is not a network"),
            ("192.0.2.7/24", "write `192.0.2.0/24`"),
            ("2001:db8::1/32", "write `2001:db8::/32`"),
            ("::ffff:192.0.2.0/120", "write the IPv4 network"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn a_network_covers_those_within_it() {
        for (one, other, expected) in [
            ("192.0.2.0/24", "192.0.2.128/25", true),
            ("192.0.2.128/25", "192.0.2.0/24", false),
            ("192.0.2.0/24", "192.0.2.0/24", true),
            ("::/0", "192.0.2.0/24", false),
            ("2001:db8::/32", "2001:db8:1::/48", true),
        ] {
            let covers = parse(one).unwrap().covers(&parse(other).unwrap());
            assert_eq!(covers, expected, "{one} {other}");
        }
    }
}
