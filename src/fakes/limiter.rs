//! The counter of attempts.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::time::Time;

/// How many attempts are allowed under one key in a minute.
pub(crate) const ATTEMPTS: u32 = 5;

/// The attempts under each key, in each minute.
#[derive(Debug, Default)]
pub(super) struct FakeLimiter(RefCell<HashMap<(String, u64), u32>>);

impl FakeLimiter {
    pub(super) fn attempt(&self, key: &str, now: Time) -> bool {
        let mut attempts = self.0.borrow_mut();
        let count = attempts
            .entry((key.to_owned(), now.seconds() / 60))
            .or_default();
        *count += 1;
        *count <= ATTEMPTS
    }
}
