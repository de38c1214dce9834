//! Every input that fuzzing found is tried again, and every target still has inputs that its parser takes.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;

use postern_fuzz::{ALL, Outcome, Target, corpus};

/// Checks the target on its seeds and its corpus.
fn replay(target: &Target) {
    let text = fs::read_to_string(corpus::path(target.name)).unwrap_or_default();
    assert!(text.len() <= corpus::LARGEST, "the corpus is large");
    let found = corpus::read(&text).unwrap_or_else(|line| panic!("line {line} of the corpus"));
    let seeds = (target.seeds)();
    let mut accepted = false;
    for input in seeds.iter().chain(&found) {
        let outcome = catch_unwind(|| (target.check)(input));
        let outcome = outcome.unwrap_or_else(|_| panic!("it was given {}", input.escape_ascii()));
        accepted |= outcome == Outcome::Accepted;
    }
    // If a format has changed and the seeds have not, the properties hold of nothing.
    assert!(accepted, "it accepts none of its inputs");
}

#[test]
fn every_target_holds_for_its_seeds_and_its_corpus() {
    let failed: Vec<&str> = ALL
        .iter()
        .filter(|target| catch_unwind(|| replay(target)).is_err())
        .map(|target| target.name)
        .collect();
    assert!(failed.is_empty(), "see above for {}", failed.join(", "));
}

#[test]
fn every_corpus_belongs_to_a_target() {
    let names: BTreeSet<String> = ALL
        .iter()
        .map(|target| format!("{}.txt", target.name))
        .collect();
    assert_eq!(names.len(), ALL.len(), "two targets have one name");
    let folder = corpus::path("any");
    for entry in fs::read_dir(folder.parent().unwrap()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            names.contains(&name),
            "there is no target for corpora/{name}"
        );
    }
}
