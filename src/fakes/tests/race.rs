//! A race lets every order of effects and answers happen.

use std::collections::BTreeSet;

use futures_executor::block_on;

use crate::fakes::{Fakes, START};
use crate::ports::{RecordStore, RevocationLog};
use crate::revocation::{Entry, Question, Target};
use crate::session::{RecordKey, SealedRecord};
use crate::token::TokenDigest;

#[test]
fn every_order_happens() {
    let digest = TokenDigest::from_bytes([9; 32]);
    let key = RecordKey::access(digest);
    let record = SealedRecord::from_store(b"sealed".to_vec());
    let entry = Entry::new(&Target::Token(digest), START);
    let mut seen = BTreeSet::new();
    for choices in 0..16_u8 {
        let fakes = Fakes::default();
        let writer = async {
            fakes.write(&key, &record, START).await.unwrap();
            fakes.append(&entry).await.unwrap();
        };
        let reader = async {
            let is_logged = !fakes
                .since(&Question::default())
                .await
                .unwrap()
                .entries()
                .is_empty();
            (fakes.read(&key).await.unwrap().is_some(), is_logged)
        };
        let choices = [0, 1, 2, 3].map(|bit| u8::MAX * (choices >> bit & 1));
        let ((), read) = fakes.race(writer, reader, &choices);
        seen.insert(read);
        assert!(
            block_on(fakes.read(&key)).unwrap().is_some(),
            "nothing waits any more"
        );
    }
    let expected = [(false, false), (true, false), (true, true)];
    assert_eq!(seen, BTreeSet::from(expected), "and no other one");
}
