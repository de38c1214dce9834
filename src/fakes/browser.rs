//! A browser, as far as cookies go.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::protocol::Answer;

/// A browser with its cookies.
#[derive(Default)]
pub(crate) struct Browser(RefCell<BTreeMap<String, String>>);

impl Browser {
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.0.borrow().get(name).cloned()
    }

    pub(crate) fn set(&self, name: &str, value: &str) {
        self.0
            .borrow_mut()
            .insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.borrow().keys().cloned().collect()
    }

    pub(crate) fn ticket(&self) -> Option<String> {
        self.cookie("__Host-postern-session")
    }

    /// The same cookies in another browser.
    pub(crate) fn copy(&self) -> Self {
        Self(RefCell::new(self.0.borrow().clone()))
    }

    /// The `Cookie` header that it sends; empty where it has none.
    pub(crate) fn header(&self) -> String {
        let cookies = self.0.borrow();
        let pairs: Vec<String> = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        pairs.join("; ")
    }

    /// Takes the cookies that an answer sets.
    pub(super) fn take(&self, answer: &Answer) {
        for (_, value) in answer.headers.iter().filter(|(n, _)| *n == "set-cookie") {
            let (pair, rest) = value.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.0.borrow_mut().remove(name);
            } else {
                self.set(name, value);
            }
        }
    }
}
