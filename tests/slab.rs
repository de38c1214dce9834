//! The list of resting tasks, which the edge keeps. The edge is not built for the host, so the file stands here.

#[path = "../src/edge/slab.rs"]
mod slab;

use slab::{Key, Slab};

#[test]
fn a_key_finds_its_thing_until_that_is_gone_and_nothing_afterwards() {
    let mut slab = Slab::default();
    assert_eq!(slab.len(), 0);
    let keys: Vec<Key> = (0..1_000).map(|thing| slab.insert(thing)).collect();
    assert_eq!(slab.len(), 1_000);
    for (thing, key) in keys.iter().enumerate().step_by(2) {
        assert_eq!(slab.remove(*key), Some(thing));
        assert_eq!(slab.remove(*key), None);
    }
    assert_eq!(slab.len(), 500);
    let later: Vec<Key> = (0..500).map(|thing| slab.insert(10_000 + thing)).collect();
    assert_eq!(slab.len(), 1_000);
    for (thing, key) in keys.iter().enumerate() {
        let expected = (thing % 2 == 1).then_some(thing);
        assert_eq!(slab.get_mut(*key).copied(), expected, "{thing}");
    }
    for (thing, key) in later.iter().enumerate() {
        assert_eq!(slab.get_mut(*key).copied(), Some(10_000 + thing));
        assert!(key.place < 1_000, "a free place is taken first");
    }
}

#[test]
fn what_is_not_wanted_goes_and_its_place_is_free() {
    let mut slab = Slab::default();
    let keys: Vec<Key> = (0..10).map(|thing| slab.insert(thing)).collect();
    slab.retain(|thing| thing % 5 == 0);
    assert_eq!(slab.len(), 2);
    assert_eq!(slab.get_mut(keys[5]).copied(), Some(5));
    assert_eq!(slab.get_mut(keys[6]), None);
    for thing in 0..8 {
        assert!(slab.insert(thing).place < 10);
    }
    assert_eq!(slab.insert(8).place, 10);
}
