//! The tokens and sessions that are ended, in as little memory as will do.
//!
//! ```text
//! slot = fingerprint(10) until(3)
//! ```
//! A fingerprint is the first ten of the sixteen random bytes that name a token or a session; `until` is in
//! units of 256 seconds since the Unix epoch, rounded up. Slots are sorted in shards, so a million take less
//! than 16 MB. Of a million entries, one has the fingerprint of another token with a probability of 2^-60:
//! a hit is believed.
//!
//! Job: keeping them, finding one, letting them go. Not its job: cutoffs, which say *before when* as well.

use super::entry::TargetId;

/// Bytes of a fingerprint.
const FINGERPRINT: usize = 10;
/// Bytes of a slot.
pub const SLOT: usize = FINGERPRINT + 3;
/// Seconds in a unit of `until`: three bytes of them reach as far as four bytes of seconds.
const UNIT: u32 = 256;
/// The last one that three bytes can say.
const LAST_UNIT: u32 = (1 << 24) - 1;
/// By the first twelve bits of a fingerprint: with a million entries, a shard has 256.
const SHARDS: usize = 4_096;

/// A fingerprint and how long it is kept.
pub type Slot = [u8; SLOT];

/// The targets that are ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// Empty until there is one; each shard is sorted.
    shards: Vec<Vec<Slot>>,
    len: usize,
}

impl Ended {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Keeps `target` until at least this second; whether that is news.
    pub fn insert(&mut self, target: TargetId, keep_until: u32) -> bool {
        self.insert_slot(slot(target, keep_until))
    }

    /// The same of a slot that was made elsewhere.
    pub fn insert_slot(&mut self, slot: Slot) -> bool {
        if self.shards.is_empty() {
            self.shards.resize(SHARDS, Vec::new());
        }
        let shard = &mut self.shards[shard_of(&slot)];
        match shard.binary_search_by(|other| other[..FINGERPRINT].cmp(&slot[..FINGERPRINT])) {
            Ok(at) => {
                // The rest of the slot is its end, which is a number of the same byte order.
                let is_later = slot > shard[at];
                shard[at] = shard[at].max(slot);
                is_later
            }
            Err(at) => {
                if shard.len() == shard.capacity() {
                    // Doubling would leave half of it empty.
                    shard.reserve_exact(shard.len() / 8 + 4);
                }
                shard.insert(at, slot);
                self.len += 1;
                true
            }
        }
    }

    /// Whether `target` is one of them.
    pub fn contains(&self, target: TargetId) -> bool {
        let slot = slot(target, 0);
        self.shards.get(shard_of(&slot)).is_some_and(|shard| {
            shard
                .binary_search_by(|other| other[..FINGERPRINT].cmp(&slot[..FINGERPRINT]))
                .is_ok()
        })
    }

    /// Lets go of those that end in this second or before, give or take a unit; whether there were any.
    pub fn purge(&mut self, now: u32) -> bool {
        let now = &(now / UNIT).to_be_bytes()[1..];
        let before = self.len;
        for shard in &mut self.shards {
            shard.retain(|slot| &slot[FINGERPRINT..] > now);
            if shard.capacity() > shard.len() * 2 + 8 {
                shard.shrink_to_fit();
            }
        }
        self.len = self.shards.iter().map(Vec::len).sum();
        self.len != before
    }

    /// How much memory they take, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let slots: usize = self.shards.iter().map(Vec::capacity).sum();
        self.shards.capacity() * size_of::<Vec<Slot>>() + slots * SLOT
    }
}

/// The slot of a token or a session.
pub fn slot(target: TargetId, keep_until: u32) -> Slot {
    let mut slot = [0; SLOT];
    let (fingerprint, until) = slot.split_at_mut(FINGERPRINT);
    fingerprint.copy_from_slice(&target.as_bytes()[1..=FINGERPRINT]);
    let units = keep_until.div_ceil(UNIT).min(LAST_UNIT);
    until.copy_from_slice(&units.to_be_bytes()[1..]);
    slot
}

fn shard_of(slot: &Slot) -> usize {
    usize::from(u16::from_be_bytes([slot[0], slot[1]]) >> 4)
}
