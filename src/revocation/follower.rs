//! An isolate's copy of the log.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::time::Duration;

use super::entry::{Entry, TargetId, TargetIds};
use super::wire::{Delta, Position};
use crate::time::Time;

/// The copy, and how fresh it is.
#[derive(Debug, Default)]
pub struct Follower {
    position: Position,
    /// The instant at which the newest answer was asked for: the copy is at least as new as that.
    as_of: Option<Time>,
    /// Grows whenever the copy changes, so that what was checked against it need not be again.
    generation: u64,
    entries: HashMap<TargetId, Cut>,
}

#[derive(Clone, Copy, Debug)]
struct Cut {
    not_before: u32,
    keep_until: u32,
}

/// The log answered with an older state than it had answered before: it cannot be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleAnswer;

impl Follower {
    /// Up to where the log is known; to be asked with.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// How old the copy is; `None` when there is none yet.
    #[must_use]
    pub fn age(&self, now: Time) -> Option<Duration> {
        self.as_of.map(|as_of| now.since(as_of))
    }

    /// Whether the copy is younger than `max_staleness`. With zero it never is: the log must be
    /// asked each time, because a clock cannot tell what came first within a millisecond.
    #[must_use]
    pub fn is_fresh(&self, now: Time, max_staleness: Duration) -> bool {
        self.age(now).is_some_and(|age| age < max_staleness)
    }

    /// A number that is the same as long as the copy has not changed.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Takes in an answer that was asked for from `asked_with` at `asked_at`, and lets go of what
    /// nothing alive needs.
    ///
    /// # Errors
    /// [`StaleAnswer`], with the copy unchanged, where the log is behind what it said before.
    pub fn learn(
        &mut self,
        delta: &Delta,
        asked_with: Position,
        asked_at: Time,
    ) -> Result<(), StaleAnswer> {
        let same_log = delta.head.log == self.position.log;
        if delta.head.log == asked_with.log && delta.head.sequence < asked_with.sequence {
            return Err(StaleAnswer);
        }
        if !same_log {
            // Either the first answer, or the log was started anew and this is all of it.
            self.entries.clear();
            self.generation += 1;
        }
        if !same_log || delta.head.sequence > self.position.sequence {
            self.position = delta.head;
        }
        for entry in &delta.entries {
            self.take_in(entry);
        }
        let now = asked_at.seconds();
        let before = self.entries.len();
        self.entries
            .retain(|_, cut| u64::from(cut.keep_until) > now);
        if self.entries.len() != before {
            self.generation += 1;
        }
        self.as_of = self.as_of.max(Some(asked_at));
        Ok(())
    }

    /// Takes in an entry that this isolate itself has just had appended. It says nothing about how
    /// fresh the rest is.
    pub fn take_in(&mut self, entry: &Entry) {
        let cut = Cut {
            not_before: entry.not_before,
            keep_until: entry.keep_until,
        };
        match self.entries.entry(entry.target) {
            Slot::Vacant(slot) => {
                slot.insert(cut);
            }
            Slot::Occupied(mut slot) => {
                let known = slot.get_mut();
                if cut.not_before <= known.not_before && cut.keep_until <= known.keep_until {
                    return;
                }
                known.not_before = known.not_before.max(cut.not_before);
                known.keep_until = known.keep_until.max(cut.keep_until);
            }
        }
        self.generation += 1;
    }

    /// Whether a token is cut off by this copy.
    #[must_use]
    pub fn cuts_off(&self, ids: &TargetIds) -> bool {
        !self.entries.is_empty()
            && ids.all.iter().flatten().any(|id| {
                self.entries
                    .get(id)
                    .is_some_and(|cut| ids.since(*id) < cut.not_before)
            })
    }

    /// Whether this very target, a token or a session, is ended by this copy.
    #[must_use]
    pub fn has_ended(&self, target: TargetId) -> bool {
        !self.entries.is_empty() && self.entries.contains_key(&target)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{LogId, Target};
    use super::*;
    use crate::fixtures::record;
    use crate::session::SessionRecord;
    use crate::token::{SessionId, TokenDigest};

    fn at(seconds: u64) -> Time {
        Time::from_seconds(seconds)
    }

    fn ids() -> TargetIds {
        TargetIds::of(digest(), &whole_record())
    }

    /// With a login session and a provider session.
    fn whole_record() -> SessionRecord {
        SessionRecord {
            login: Some(SessionId::from_bytes([6; 16])),
            provider_session: Some([7; 16]),
            ..record()
        }
    }

    fn digest() -> TokenDigest {
        TokenDigest::from_bytes([9; 32])
    }

    fn delta(log: u8, sequence: u64, targets: &[Target]) -> Delta {
        Delta {
            head: Position {
                log: LogId([log; 16]),
                sequence,
            },
            entries: targets.iter().map(|t| Entry::new(t, at(2_000))).collect(),
        }
    }

    fn learned(targets: &[Target]) -> Follower {
        let mut follower = Follower::default();
        follower
            .learn(&delta(1, 5, targets), Position::default(), at(1_100))
            .unwrap();
        follower
    }

    #[test]
    fn freshness_has_a_strict_bound_and_zero_is_never_fresh() {
        let follower = learned(&[]);
        let fresh =
            |millis, max| follower.is_fresh(Time::from_millis(millis), Duration::from_secs(max));
        assert!(fresh(1_104_999, 5));
        assert!(!fresh(1_105_000, 5));
        assert!(!fresh(1_100_000, 0));
        assert!(!Follower::default().is_fresh(at(0), Duration::MAX));
    }

    #[test]
    fn each_kind_of_target_cuts_off_what_it_names_and_no_more() {
        let record = record(); // issued at 1000
        let cutting = [
            Target::Token(digest()),
            Target::Session(record.session),
            Target::Session(SessionId::from_bytes([6; 16])),
            Target::ProviderSession {
                name: [7; 16],
                not_before: at(1_001),
            },
            Target::Subject {
                subject: "reports".to_owned(),
                not_before: at(1_001),
            },
            Target::Client {
                client: record.client_id.clone(),
                not_before: at(1_001),
            },
            Target::Issuer {
                not_before: at(1_001),
            },
        ];
        for target in cutting {
            assert!(
                learned(std::slice::from_ref(&target)).cuts_off(&ids()),
                "{target:?}"
            );
        }
        let sparing = [
            Target::Token(TokenDigest::from_bytes([8; 32])),
            Target::Session(SessionId::from_bytes([4; 16])),
            // A session's name is not a provider session's, nor the other way round.
            Target::Session(SessionId::from_bytes([7; 16])),
            Target::ProviderSession {
                name: [6; 16],
                not_before: at(1_001),
            },
            Target::ProviderSession {
                name: [7; 16],
                not_before: at(1_000),
            },
            Target::Subject {
                subject: "reports".to_owned(),
                not_before: at(1_000),
            },
            Target::Subject {
                subject: "other".to_owned(),
                not_before: at(1_001),
            },
            // A subject's cutoff is not a client's, even under the same name.
            Target::Client {
                client: "other".parse().unwrap(),
                not_before: at(1_001),
            },
            Target::Issuer {
                not_before: at(1_000),
            },
        ];
        assert!(!learned(&sparing).cuts_off(&ids()));
    }

    #[test]
    fn what_was_renewed_is_as_old_as_its_login_but_not_for_a_cutoff_of_its_client() {
        let renewed = crate::session::SessionRecord {
            begun_at: Some(at(900)),
            ..record() // issued at 1000
        };
        let ids = TargetIds::of(digest(), &renewed);
        let cut = |target| learned(&[target]).cuts_off(&ids);
        let subject = |not_before| Target::Subject {
            subject: "reports".to_owned(),
            not_before,
        };
        let client = |not_before| Target::Client {
            client: renewed.client_id.clone(),
            not_before,
        };
        assert!(cut(subject(at(901))) && !cut(subject(at(900))));
        assert!(cut(Target::Issuer {
            not_before: at(901)
        }));
        assert!(cut(client(at(1_001))) && !cut(client(at(1_000))));
    }

    #[test]
    fn an_answer_behind_what_was_asked_with_is_refused() {
        let mut follower = learned(&[Target::Token(digest())]);
        let stale = delta(1, 4, &[]);
        assert_eq!(
            follower.learn(&stale, follower.position(), at(1_200)),
            Err(StaleAnswer)
        );
        assert_eq!(follower.age(at(1_200)), Some(Duration::from_secs(100)));
        assert!(follower.cuts_off(&ids()));
    }

    #[test]
    fn answers_that_overtake_each_other_lose_nothing() {
        let mut follower = learned(&[]);
        let asked_with = follower.position();
        let late = delta(1, 6, &[]);
        follower
            .learn(
                &delta(1, 7, &[Target::Token(digest())]),
                asked_with,
                at(1_201),
            )
            .unwrap();
        follower.learn(&late, asked_with, at(1_200)).unwrap();
        assert_eq!(follower.position().sequence, 7);
        assert_eq!(follower.age(at(1_201)), Some(Duration::ZERO));
        assert!(follower.cuts_off(&ids()));
    }

    #[test]
    fn a_log_that_was_started_anew_replaces_the_copy() {
        let mut follower = learned(&[Target::Token(digest())]);
        let asked_with = follower.position();
        follower
            .learn(&delta(2, 1, &[]), asked_with, at(1_200))
            .unwrap();
        assert_eq!(follower.position(), delta(2, 1, &[]).head);
        assert!(!follower.cuts_off(&ids()));
    }

    #[test]
    fn entries_go_when_nothing_alive_needs_them() {
        let mut follower = learned(&[Target::Token(digest())]);
        let position = follower.position();
        follower
            .learn(&delta(1, 5, &[]), position, at(1_999))
            .unwrap();
        assert_eq!(follower.len(), 1);
        follower
            .learn(&delta(1, 5, &[]), position, at(2_000))
            .unwrap();
        assert!(follower.is_empty());
    }

    #[test]
    fn the_generation_moves_with_every_change_and_only_then() {
        let mut follower = learned(&[]);
        let position = follower.position();
        let generation = follower.generation();
        follower
            .learn(&delta(1, 5, &[]), position, at(1_200))
            .unwrap();
        assert_eq!(follower.generation(), generation);
        let entry = Entry::new(&Target::Token(digest()), at(2_000));
        follower.take_in(&entry);
        assert_ne!(follower.generation(), generation);
        let generation = follower.generation();
        follower.take_in(&entry);
        assert_eq!(follower.generation(), generation);
    }

    #[test]
    fn a_cutoff_never_moves_back() {
        let mut follower = learned(&[Target::Issuer {
            not_before: at(1_500),
        }]);
        follower.take_in(&Entry::new(
            &Target::Issuer {
                not_before: at(500),
            },
            at(3_000),
        ));
        assert!(follower.cuts_off(&ids()));
    }
}
