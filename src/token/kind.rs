//! What a token is for, told by its prefix.

/// The kind of a token. Its prefix lets secret scanners find leaked tokens, and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An access token (RFC 6749 section 1.4).
    Access,
    /// A refresh token (RFC 6749 section 1.5).
    Refresh,
    /// An authorization code (RFC 6749 section 1.3.1).
    Code,
    /// The ticket of a browser session, the value of its cookie.
    Ticket,
}

/// Characters of every prefix.
pub const PREFIX_LENGTH: usize = 7;

impl TokenKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Access, Self::Refresh, Self::Code, Self::Ticket];

    /// What a token of this kind begins with, the `_` before its body included.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Access => "pst_at_",
            Self::Refresh => "pst_rt_",
            Self::Code => "pst_ac_",
            Self::Ticket => "pst_st_",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_format_unchanged() {
        let prefixes = TokenKind::ALL.map(TokenKind::prefix);
        assert!(prefixes.iter().all(|prefix| prefix.len() == PREFIX_LENGTH));
        assert_eq!(prefixes, ["pst_at_", "pst_rt_", "pst_ac_", "pst_st_"]);
    }
}
