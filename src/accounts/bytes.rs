//! Bytes being read.

/// What is left of them.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// What follows a format byte.
    pub(super) fn new(bytes: &'a [u8], format: u8) -> Option<Self> {
        let (first, rest) = bytes.split_first()?;
        (*first == format).then_some(Self(rest))
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.0
    }
}
