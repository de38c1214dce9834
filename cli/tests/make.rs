//! `postern-cli client` and `postern-cli keys`, run as programs.

mod program;

use std::process::Output;

use base64ct::{Base64UrlUnpadded, Encoding};
use postern::token::KeyRing;
use sha2::{Digest, Sha256};

use program::postern_cli;

fn run(arguments: &[&str]) -> Output {
    postern_cli()
        .args(arguments)
        .output()
        .expect("the program was built")
}

fn stdout(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn keys_prints_one_pair_and_nothing_else() {
    for (arguments, id) in [
        (["keys"].as_slice(), "1"),
        (&["keys", "--id", "255"], "255"),
    ] {
        let text = stdout(arguments);
        let pair = text.strip_suffix('\n').unwrap();
        assert!(KeyRing::parse(pair, "https://auth.example.com").is_ok());
        assert_eq!(pair.split(':').next(), Some(id));
        assert_ne!(text, stdout(arguments), "each one is new");
    }
    assert_eq!(run(&["keys", "--id", "256"]).status.code(), Some(2));
}

#[test]
fn client_prints_a_secret_and_its_digest() {
    let text = stdout(&["client", "my-app"]);
    assert!(text.contains("not shown again"), "{text}");
    let secret = text.lines().find(|l| l.starts_with("pst_cs_")).unwrap();
    let random = Base64UrlUnpadded::decode_vec(&secret["pst_cs_".len()..]).unwrap();
    assert_eq!(random.len(), 32);
    let (_, lines) = text.split_once("[[vars.POSTERN.clients]]").unwrap();
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
    assert_ne!(text, stdout(&["client", "my-app"]), "each one is new");
}

#[test]
fn client_wants_a_good_id() {
    let output = run(&["client", "my app"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("A-Z a-z 0-9 - _"), "{text}");
}

#[test]
fn a_rotation_says_when_the_old_key_may_go() {
    let file = |name: &str| {
        format!(
            "{}/../examples/{name}/wrangler.toml",
            env!("CARGO_MANIFEST_DIR")
        )
    };
    let rotate = |name: &str| run(&["keys", "--id", "2", "--rotate", &file(name)]);
    for (name, longest) in [
        ("every-key", "1 day (refresh_idle of `orders-page`)"),
        ("private-site", "1 day (session_idle)"),
        ("api", "token_lifetime of `"),
    ] {
        let output = rotate(name);
        // Only the key is on standard output, so that it can be piped.
        let pair = String::from_utf8(output.stdout).unwrap();
        assert!(KeyRing::parse(pair.trim(), "https://auth.example.com").is_ok());
        assert!(pair.starts_with("2:"));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(longest), "{name}: {said}");
        let (_, date) = said.split_once("3. From ").unwrap();
        let (date, _) = date.split_once(" on, if step 2 is done today").unwrap();
        assert!(date > "2026" && date.len() == 10, "{date}");
        assert!(!said.contains(pair.trim()), "the key is said once");
        assert!(output.status.success());
    }
    // Without the number of the new key it might be the old one's.
    assert_eq!(
        run(&["keys", "--rotate", &file("api")]).status.code(),
        Some(2)
    );
    let output = run(&[
        "keys",
        "--id",
        "2",
        "--rotate",
        "/nonexistent/wrangler.toml",
    ]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
}
