//! `postern client` and `postern keys`.

use base64ct::{Base64UrlUnpadded, Encoding};
use postern::token::{KeyRing, SigningRing};
use postern_cli::memory::{Memory, Ran};
use sha2::{Digest, Sha256};

/// Runs a command on a machine whose random bytes begin with `seed`.
fn run(seed: u64, arguments: &[&str]) -> Ran {
    let mut memory = Memory::default();
    (memory.seed, memory.now) = (seed, 1_795_000_000_000);
    memory.run(arguments)
}

fn stdout(seed: u64, arguments: &[&str]) -> String {
    let ran = run(seed, arguments);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    ran.out
}

#[test]
fn keys_prints_one_pair_and_nothing_else() {
    for (arguments, id) in [
        (["keys"].as_slice(), "1"),
        (&["keys", "--id", "255"], "255"),
    ] {
        let text = stdout(0, arguments);
        let pair = text.strip_suffix('\n').unwrap();
        assert!(KeyRing::parse(pair, "https://auth.example.com").is_ok());
        assert_eq!(pair.split(':').next(), Some(id));
        assert_ne!(text, stdout(1, arguments), "it is of the random bytes");
    }
    assert_eq!(run(0, &["keys", "--id", "256"]).code, 2);
}

#[test]
fn a_signing_key_is_one_that_signs() {
    for (arguments, id) in [
        (["keys", "--signing"].as_slice(), "1"),
        (&["keys", "--signing", "--id", "7"], "7"),
    ] {
        let text = stdout(0, arguments);
        let pair = text.strip_suffix('\n').unwrap();
        let ring = SigningRing::parse(pair).unwrap();
        assert_eq!(ring.first().0, id);
        assert_ne!(text, stdout(1, arguments), "it is of the random bytes");
    }
}

#[test]
fn rotating_a_signing_key_needs_no_configuration() {
    let ran = run(0, &["keys", "--signing", "--id", "2", "--rotate"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(SigningRing::parse(ran.out.trim()).is_ok());
    for words in [
        "`OLD,2:...`",
        "`2:...,OLD`",
        "POSTERN_SIGNING_KEYS",
        "ten minutes",
    ] {
        assert!(ran.err.contains(words), "{}", ran.err);
    }
    assert!(!ran.err.contains(ran.out.trim()), "the key is said once");
    assert_eq!(run(0, &["keys", "--signing", "--rotate"]).code, 2);
}

#[test]
fn client_prints_a_secret_and_its_digest() {
    let text = stdout(0, &["client", "my-app"]);
    assert!(text.contains("not shown again"), "{text}");
    let secret = text.lines().find(|l| l.starts_with("pst_cs_")).unwrap();
    let random = Base64UrlUnpadded::decode_vec(&secret["pst_cs_".len()..]).unwrap();
    assert_eq!(random.len(), 32);
    let (_, lines) = text.split_once("[[clients]]").unwrap();
    let client: toml::Table = lines.parse().unwrap();
    let digest: Vec<String> = Sha256::digest(secret)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(client["id"].as_str(), Some("my-app"));
    assert_eq!(
        client["secret_sha256"].as_str(),
        Some(digest.concat().as_str())
    );
    assert_ne!(
        text,
        stdout(1, &["client", "my-app"]),
        "it is of the random bytes"
    );
}

#[test]
fn client_wants_a_good_id() {
    let ran = run(0, &["client", "my app"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("A-Z a-z 0-9 - _"), "{}", ran.err);
}

#[test]
fn a_rotation_says_when_the_old_key_may_go() {
    let rotate = |name: &str| {
        let mut memory = Memory::default();
        memory.now = 1_795_000_000_000;
        for file in ["postern.toml", "wrangler.toml"] {
            let path = format!("{}/../examples/{name}/{file}", env!("CARGO_MANIFEST_DIR"));
            memory.put(&format!("a/{file}"), std::fs::read(path).unwrap());
        }
        memory.run(&[
            "keys",
            "--id",
            "2",
            "--rotate",
            "--config",
            "a/postern.toml",
        ])
    };
    for (name, longest) in [
        ("every-key", "1 day (refresh_idle of `orders-page`)"),
        ("private-site", "1 day (session_idle)"),
        ("api", "token_lifetime of `"),
    ] {
        let ran = rotate(name);
        // Only the key is on standard output, so that it can be piped.
        let pair = ran.out.trim();
        assert!(KeyRing::parse(pair, "https://auth.example.com").is_ok());
        assert!(pair.starts_with("2:"));
        let said = ran.err;
        assert!(said.contains(longest), "{name}: {said}");
        let (_, date) = said.split_once("3. From ").unwrap();
        let (date, _) = date.split_once(" on, if step 2 is done today").unwrap();
        assert!(date > "2026" && date.len() == 10, "{date}");
        assert!(!said.contains(pair), "the key is said once");
        assert_eq!(ran.code, 0);
    }
    // Without the number of the new key it might be the old one's.
    assert_eq!(run(0, &["keys", "--rotate"]).code, 2);
    let ran = run(0, &["keys", "--id", "2", "--rotate"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
}
