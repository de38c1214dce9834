//! `postern check`.

mod config;
mod files;
mod json;
mod pages;
mod served;
mod wrangler;

use postern_cli::memory::{Memory, Ran};

/// What is said of [`GOOD`].
const GOOD_LINE: &str = "postern.toml with wrangler.toml: ok: 1 client, 2 routes\n";

/// A wrangler.toml and a postern.toml with nothing wrong, one behind the other.
const GOOD: &str = r#"
name = "test"
main = "index.js"
compatibility_date = "2026-10-01"

[assets]
directory = "public"
binding = "ASSETS"
run_worker_first = true

[[kv_namespaces]]
binding = "POSTERN_SESSIONS"

[[services]]
binding = "API"
service = "api"

[durable_objects]
bindings = [
  { name = "POSTERN_COORDINATORS", class_name = "SessionCoordinator" },
  { name = "POSTERN_PEOPLE", class_name = "Person" },
  { name = "POSTERN_REVOCATION_LOG", class_name = "RevocationLog" },
  { name = "POSTERN_ACCOUNTS", class_name = "Account" },
]

[[migrations]]
tag = "v1"
new_sqlite_classes = ["SessionCoordinator", "Person", "RevocationLog", "Account"]

# postern.toml
issuer = "https://auth.example.com"

[[clients]]
id = "app"
secret_sha256 = "env:APP_SHA256"
scopes = ["a"]

[[routes]]
match = "/api/*"
access = "token"
scopes = ["a"]
origin = "service:API"

[[routes]]
match = "/*"
access = "public"
origin = "assets"
"#;

/// A folder with both files.
struct Folder(Memory);

impl Folder {
    /// `files` is both, one behind the other, as in [`GOOD`].
    fn with(files: &str) -> Self {
        let (wrangler, postern) = files.split_once("# postern.toml\n").unwrap();
        let memory = Memory::with("wrangler.toml", wrangler);
        memory.put("postern.toml", postern);
        Self(memory)
    }

    fn write(&self, name: &str, text: &str) {
        self.0.put(name, text);
    }

    fn check(&self) -> Ran {
        self.0.run(&["check"])
    }
}

/// Asserts that `files` are refused with one line that has each of `words`.
#[track_caller]
fn assert_error(files: &str, words: &[&str]) {
    let output = Folder::with(files).check();
    let text = output.err;
    assert_eq!(output.code, 1, "{text}");
    assert_eq!(output.out, "");
    assert_eq!(text.lines().count(), 1, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?}: {text}");
    }
}

#[test]
fn a_good_file() {
    let output = Folder::with(GOOD).check();
    assert_eq!(output.err, "");
    assert_eq!(output.out, GOOD_LINE);
    assert!(output.code == 0);
}
