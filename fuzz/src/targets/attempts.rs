//! Attempts to log in: who is trying, and what travels to the object that checks passwords and is stored there.

use std::net::IpAddr;

use postern::accounts::{Attempt, Counts, EACH, MOST_FROM_ONE, NameMark, Reply, Sender, Source};
use postern::browser::KnownBrowser;
use postern::secret::Secret;
use postern::time::Time;

use super::sealed::{NONCE, NOW, RING};
use crate::Outcome;
use crate::input::{patched, text};

const SENDERS: [Sender; 2] = [Sender::Source([3; 8]), Sender::Browser([4; 8])];

pub fn attempt(bytes: &[u8]) -> Outcome {
    let bytes = Secret::new(bytes.to_vec());
    let Some(attempt) = Attempt::from_bytes(&bytes) else {
        return Outcome::Refused;
    };
    assert_eq!(format!("{attempt:?}"), "Attempt(..)");
    let written = attempt.to_bytes().expect("its name was short enough");
    assert!(written == bytes, "an attempt has two forms");
    Outcome::Accepted
}

pub fn attempt_seeds() -> Vec<Vec<u8>> {
    let attempts = SENDERS.iter().map(|sender| Attempt {
        mark: NameMark([1; 16]),
        sender: *sender,
        name: Secret::new("ann".to_owned()),
        password: Secret::new("pässword".to_owned()),
    });
    let written = attempts.map(|attempt| attempt.to_bytes().expect("its name is short"));
    written.map(|bytes| bytes.expose().clone()).collect()
}

pub fn attempt_reply(bytes: &[u8]) -> Outcome {
    let reply = Reply::from_bytes(bytes);
    if let Some(reply) = reply {
        assert_eq!(reply.to_bytes(), bytes, "a reply has two forms");
    }
    Outcome::of(reply.is_some())
}

pub fn attempt_reply_seeds() -> Vec<Vec<u8>> {
    [
        Reply::Right,
        Reply::Wrong,
        Reply::TooMany(EACH),
        Reply::Busy,
    ]
    .map(Reply::to_bytes)
    .to_vec()
}

pub fn counts(bytes: &[u8]) -> Outcome {
    let Some(counts) = Counts::from_bytes(bytes) else {
        return Outcome::Refused;
    };
    assert_eq!(counts.to_bytes(), bytes, "counts have two forms");
    for sender in SENDERS {
        // Whatever is stored, nobody waits for ever, and a wrong attempt never makes the wait shorter.
        let wait = counts.wait(sender, NOW).unwrap_or_default();
        assert!(wait <= EACH * MOST_FROM_ONE);
        let after = counts.clone().after_wrong(sender, NOW);
        assert!(after.wait(sender, NOW).unwrap_or_default() >= wait.min(EACH));
        assert_eq!(Counts::from_bytes(&after.to_bytes()), Some(after));
        let ended = counts.clone().after_right(sender, NOW);
        assert!(ended.to_bytes().len() <= bytes.len());
    }
    Outcome::Accepted
}

pub fn counts_seeds() -> Vec<Vec<u8>> {
    let mut counts = Counts::default();
    let mut seeds = vec![counts.to_bytes()];
    for sender in SENDERS.into_iter().cycle().take(24) {
        counts = counts.after_wrong(sender, Time::from_seconds(1_400));
        seeds.push(counts.to_bytes());
    }
    seeds
}

pub fn source(bytes: &[u8]) -> Outcome {
    let header = text(bytes);
    let source = Source::of(Some(&header));
    let address = header.trim().parse::<IpAddr>();
    match source {
        Source::V4(address) => {
            let written = IpAddr::from(address).to_string();
            assert_eq!(Source::of(Some(&written)), source);
        }
        Source::V6(network) => {
            // Every address of the network is the same source.
            for rest in [0, 1, u64::MAX] {
                let all = (u128::from(u64::from_be_bytes(network)) << 64) | u128::from(rest);
                let written = IpAddr::from(all.to_be_bytes()).to_canonical().to_string();
                if written.contains(':') {
                    assert_eq!(Source::of(Some(&written)), source, "{written}");
                }
            }
        }
        Source::Unknown => assert!(address.is_err(), "{header:?} is an address"),
    }
    Outcome::of(source != Source::Unknown)
}

pub fn source_seeds() -> Vec<Vec<u8>> {
    [
        "192.0.2.1",
        "2001:db8::1",
        "::ffff:192.0.2.1",
        "::",
        "192.0.2.1, 192.0.2.2",
    ]
    .map(|address| address.as_bytes().to_vec())
    .to_vec()
}

fn known_cookie() -> String {
    let set = KnownBrowser::new([7; 8])
        .with("ann")
        .set_cookie(&RING, NOW, NONCE);
    let (pair, _) = set.split_once(';').expect("it has attributes");
    pair.to_owned()
}

pub fn known_browser(bytes: &[u8]) -> Outcome {
    let genuine = known_cookie();
    let mut accepted = false;
    for header in [text(&patched(genuine.as_bytes(), bytes)), text(bytes)] {
        if let Some(browser) = KnownBrowser::read(&header, &RING, NOW) {
            assert!(header.contains(&genuine), "a note that nobody sealed opens");
            assert!(browser.knows("ANN") && !browser.knows("bob"));
            accepted = true;
        }
    }
    Outcome::of(accepted)
}

pub fn known_browser_seeds() -> Vec<Vec<u8>> {
    let genuine = known_cookie();
    let others = format!("a=b; {genuine}; c=d");
    vec![Vec::new(), genuine.into_bytes(), others.into_bytes()]
}
