//! The object that checks passwords: the real desk, with its counts in memory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::convert::Infallible;

use super::call::let_others_go_first;
use super::clock::FakeClock;
use crate::accounts::{Accounts, Attempt, Counts, Desk, DeskObject, NameMark, Reply};
use crate::time::Time;

/// The object, and who has an account.
#[derive(Debug, Default)]
pub(super) struct FakeAccounts {
    accounts: RefCell<Accounts>,
    desk: Desk,
    counts: RefCell<BTreeMap<NameMark, Vec<u8>>>,
    checks: Cell<u32>,
}

impl FakeAccounts {
    pub(super) fn set(&self, accounts: Accounts) {
        self.accounts.replace(accounts);
    }

    /// How many passwords were checked.
    pub(super) const fn checks(&self) -> u32 {
        self.checks.get()
    }

    pub(super) fn dump(&self) -> String {
        let counts = self.counts.borrow();
        let texts = counts
            .values()
            .map(|counts| String::from_utf8_lossy(counts).into_owned());
        texts.collect()
    }

    /// Everything travels as it does to a real object.
    pub(super) async fn answer(&self, attempt: &Attempt, clock: &FakeClock) -> Reply {
        let sent = attempt.to_bytes().expect("tests type short names");
        let arrived = Attempt::from_bytes(&sent).expect("it is an attempt");
        let object = Object {
            accounts: self,
            clock,
        };
        let Ok(reply) = self.desk.answer(&arrived, &object).await;
        Reply::from_bytes(&reply.to_bytes()).expect("it is a reply")
    }
}

struct Object<'a> {
    accounts: &'a FakeAccounts,
    clock: &'a FakeClock,
}

impl DeskObject for Object<'_> {
    type Error = Infallible;

    fn now(&self) -> Time {
        self.clock.now()
    }

    fn load(&self, name: NameMark) -> Result<Counts, Infallible> {
        let counts = self.accounts.counts.borrow();
        let stored = counts
            .get(&name)
            .map(|bytes| Counts::from_bytes(bytes).expect("it was stored"));
        Ok(stored.unwrap_or_default())
    }

    fn save(&self, name: NameMark, counts: &Counts) -> Result<(), Infallible> {
        let mut all = self.accounts.counts.borrow_mut();
        all.insert(name, counts.to_bytes());
        Ok(())
    }

    fn is_right(&self, attempt: &Attempt) -> Result<bool, Infallible> {
        self.accounts.checks.set(self.accounts.checks.get() + 1);
        let accounts = self.accounts.accounts.borrow();
        // Exposed to find the account.
        let found = accounts.check(attempt.name.expose(), &attempt.password);
        Ok(found.is_some())
    }

    async fn let_others_in(&self) {
        let_others_go_first().await;
    }
}
