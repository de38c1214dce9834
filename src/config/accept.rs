//! `accept` of a route: whose tokens it takes.

use super::issuer::{Issuer, OWN, Tokens};
use super::table::{Problems, Read, Table, listed};

/// Whose tokens are taken: bit 0 is Postern itself, bit n + 1 the issuer at place n of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accept(u64);

impl Default for Accept {
    fn default() -> Self {
        Self::OWN
    }
}

impl Accept {
    /// Nobody's.
    pub const NOBODY: Self = Self(0);

    /// Postern's own alone.
    pub const OWN: Self = Self(1);

    /// The same, and those of the issuer at this place.
    #[must_use]
    pub const fn and(self, issuer: u8) -> Self {
        Self(self.0 | Self::bit(issuer))
    }

    /// Whether Postern's own are taken.
    #[must_use]
    pub const fn takes_own(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether those of any other issuer are.
    #[must_use]
    pub const fn takes_foreign(self) -> bool {
        self.0 > 1
    }

    /// Whether those of the issuer at this place are.
    #[must_use]
    pub const fn takes(self, issuer: u8) -> bool {
        self.0 & Self::bit(issuer) != 0
    }

    /// The places of the issuers whose tokens are taken, Postern left out.
    pub fn issuers(self) -> impl Iterator<Item = u8> {
        (0..63).filter(move |issuer| self.takes(*issuer))
    }

    const fn bit(issuer: u8) -> u64 {
        if issuer < 63 { 2 << issuer } else { 0 }
    }
}

/// Reads `key`, which is `accept` or means the same. `issuers` are those of the configuration, as far as they could be read.
pub(super) fn read(
    table: &Table<'_>,
    key: &str,
    issuers: Option<&[Issuer]>,
    problems: &mut Problems,
) -> Read<Accept> {
    let names = table.list(key, OWN, |text| Ok::<_, &str>(text.to_owned()), problems)?;
    let (Some(names), Some(issuers)) = (names, issuers) else {
        return Ok(Accept::OWN);
    };
    if names.is_empty() {
        let message =
            "is empty, so no token would be taken: name `postern` or an issuer, or leave it out";
        return Err(problems.add(table.key(key), message));
    }
    let mut accept = Accept::NOBODY;
    let mut opaque: Option<&str> = None;
    for (at, name) in names.iter().enumerate() {
        let place = format!("{}[{at}]", table.key(key));
        let found = (0..)
            .zip(issuers)
            .find(|(_, issuer)| issuer.id.as_str() == name);
        accept = match found {
            None if name == OWN => Accept(accept.0 | 1),
            None => {
                let mut known = vec![OWN];
                known.extend(issuers.iter().map(|issuer| issuer.id.as_str()));
                let message = format!(
                    "is not the id of an issuer: write one of {}, or add it as `[[issuers]]`",
                    listed(&known)
                );
                return Err(problems.add(place, message));
            }
            Some((number, issuer)) => {
                if let (Tokens::Opaque(_), Some(first)) = (&issuer.tokens, opaque) {
                    let message = format!(
                        "has opaque tokens, as `{first}` has: nobody could tell whose a token is. Name one of \
                         the two, or make two routes"
                    );
                    return Err(problems.add(place, message));
                }
                if matches!(issuer.tokens, Tokens::Opaque(_)) {
                    opaque = Some(name);
                }
                accept.and(number)
            }
        };
    }
    Ok(accept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_issuer_has_a_bit_of_its_own() {
        assert!(Accept::OWN.takes_own() && !Accept::OWN.takes_foreign());
        assert_eq!(Accept::default(), Accept::OWN);
        for issuer in 0..63 {
            let accept = Accept(0).and(issuer);
            assert!(accept.takes_foreign() && !accept.takes_own());
            assert_eq!(accept.issuers().collect::<Vec<_>>(), [issuer]);
        }
        assert_eq!(Accept(0).and(63), Accept(0));
        assert!(!Accept(u64::MAX).takes(63));
    }
}
