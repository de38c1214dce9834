//! `postern check`.

use std::fs;
use std::path::Path;

use postern_cli::memory::{Memory, Ran};

/// What is said of [`GOOD`]. The number is how much of the variable is used.
const GOOD_LINE: &str = "wrangler.toml: ok: 1 client, 2 routes\n";

/// The smallest file with nothing wrong.
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

[vars.POSTERN]
issuer = "https://auth.example.com"

[[vars.POSTERN.clients]]
id = "app"
secret_sha256 = "env:APP_SHA256"
scopes = ["a"]

[[vars.POSTERN.routes]]
match = "/api/*"
access = "token"
scopes = ["a"]
origin = "service:API"

[[vars.POSTERN.routes]]
match = "/*"
access = "public"
origin = "assets"
"#;

/// A folder with a wrangler.toml.
struct Folder(Memory);

impl Folder {
    fn with(wrangler: &str) -> Self {
        Self(Memory::with("wrangler.toml", wrangler))
    }

    fn write(&self, name: &str, text: &str) {
        self.0.put(name, text);
    }

    fn check(&self) -> Ran {
        self.0.run(&["check"])
    }
}

/// Asserts that `wrangler` is refused with one line that has each of `words`.
#[track_caller]
fn assert_error(wrangler: &str, words: &[&str]) {
    let output = Folder::with(wrangler).check();
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

#[test]
fn the_files_of_this_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = [
        ("wrangler.toml", "2 clients, 6 routes"),
        ("examples/api/wrangler.toml", "3 clients, 4 routes"),
        ("examples/every-key/wrangler.toml", "2 clients, 3 routes"),
        ("examples/private-site/wrangler.toml", "0 clients, 1 route"),
        ("examples/single-page/wrangler.toml", "0 clients, 1 route"),
        ("examples/site/wrangler.toml", "1 client, 3 routes"),
        ("examples/staging/wrangler.toml", "0 clients, 1 route"),
        ("examples/worker/wrangler.toml", "0 clients, 3 routes"),
    ];
    for example in fs::read_dir(root.join("examples")).unwrap() {
        let folder = example.unwrap().file_name().into_string().unwrap();
        let file = format!("examples/{folder}/wrangler.toml");
        let is_known = files.iter().any(|(known, _)| *known == file);
        assert!(is_known || !root.join(&file).exists(), "{file}");
    }
    for (file, counts) in files {
        // In a folder of its own, without the local secrets of whoever runs this.
        let output = Folder::with(&fs::read_to_string(root.join(file)).unwrap()).check();
        assert_eq!(output.err, "", "{file}");
        let lines = output.out;
        let mut lines = lines.lines();
        let first = lines.next().unwrap_or_default();
        assert!(
            first.starts_with(&format!("wrangler.toml: ok: {counts}")),
            "{first}"
        );
        assert!(
            lines.all(
                |line| line.starts_with("wrangler.toml [env.") || line.contains("jurisdiction")
            )
        );
        assert!(output.code == 0);
    }
}

#[test]
fn every_problem_is_printed() {
    let wrangler = GOOD
        .replace("access = \"token\"", "access = \"tokn\"")
        .replace("issuer =", "isuer =");
    let output = Folder::with(&wrangler).check();
    let text = output.err;
    assert_eq!(output.code, 1);
    for line in [
        "wrangler.toml: error: isuer: is not a key of this table: did you mean `issuer`?",
        "wrangler.toml: error: issuer: is missing",
        "wrangler.toml: error: routes[0].access: must be one of `public`, `token`, `session`, `any`, `deny`",
    ] {
        assert!(text.lines().any(|l| l.starts_with(line)), "{text}");
    }
}

#[test]
fn a_file_that_is_not_toml() {
    assert_error(
        "a = 1\nb = x",
        &["wrangler.toml: error: is not TOML: line 2: "],
    );
}

#[test]
fn a_file_that_is_not_there() {
    let output = Memory::default().run(&["check", "/nonexistent/wrangler.toml"]);
    assert_eq!(output.code, 1);
    assert!(
        output
            .err
            .starts_with("/nonexistent/wrangler.toml: error: ")
    );
    let output = Memory::default().run(&["check", "wrangler.jsonc"]);
    assert!(output.err.contains("is not a TOML file"));
}

#[test]
fn files_that_would_be_served_before_the_gate() {
    let words = ["run_worker_first = true", "before the gate"];
    assert_error(&GOOD.replace("run_worker_first = true", ""), &words);
    let partly = "run_worker_first = [\"/api/*\"]";
    assert_error(&GOOD.replace("run_worker_first = true", partly), &words);
}

#[test]
fn a_page_that_has_a_second_path() {
    let page = GOOD.replace("match = \"/api/*\"", "match = \"/secret.html\"");
    assert_error(&page, &["routes[0].match", "served at `/secret`"]);
    let both = page.replace(
        "[[vars.POSTERN.routes]]\nmatch = \"/*\"",
        "[[vars.POSTERN.routes]]\nmatch = \"/secret\"\naccess = \"deny\"\n\n\
         [[vars.POSTERN.routes]]\nmatch = \"/*\"",
    );
    assert!(Folder::with(&both).check().code == 0);
    let none = page.replace("[assets]", "[assets]\nhtml_handling = \"none\"");
    assert!(Folder::with(&none).check().code == 0);
}

#[test]
fn bindings_and_migrations() {
    let words = ["POSTERN_SESSIONS", "[[kv_namespaces]]"];
    assert_error(
        &GOOD.replace("\"POSTERN_SESSIONS\"", "\"SESSIONS\""),
        &words,
    );
    let words = ["routes[1].origin", "[assets]"];
    assert_error(&GOOD.replace("\"ASSETS\"", "\"FILES\""), &words);
    let words = ["routes[0].origin", "`binding = \"API\"`"];
    assert_error(
        &GOOD.replace("binding = \"API\"", "binding = \"APP\""),
        &words,
    );
    let words = [
        "is bound to the class `Log`",
        "class_name = \"RevocationLog\"",
    ];
    let other = GOOD.replace("class_name = \"RevocationLog\"", "class_name = \"Log\"");
    assert_error(&other, &words);
    let words = [
        "`RevocationLog` is missing",
        "new_sqlite_classes = [\"RevocationLog\"]",
    ];
    assert_error(&GOOD.replace(", \"RevocationLog\", ", ", "), &words);
    let old = GOOD.replace(
        ", \"RevocationLog\", \"Account\"]",
        ", \"Account\"]\nnew_classes = [\"RevocationLog\"]",
    );
    assert_error(&old, &["`RevocationLog` is in `new_classes`"]);
}

#[test]
fn keys_in_the_file() {
    let wrangler = GOOD.replace(
        "[vars.POSTERN]",
        "[vars]\nPOSTERN_KEYS = \"1:hunter2\"\n\n[vars.POSTERN]",
    );
    let output = Folder::with(&wrangler).check();
    let text = output.err;
    assert!(
        text.contains("vars.POSTERN_KEYS: the sealing keys are secret"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
    assert_eq!(output.code, 1);
}

const ANN: &str = "ann:$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
                   gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0";

const LIMIT: &str = "[[ratelimits]]\nname = \"POSTERN_LOGIN_LIMIT\"\nnamespace_id = \"1001\"\n\
                     simple = { limit = 10, period = 60 }\n\n[vars.POSTERN]";

#[test]
fn accounts_in_the_file() {
    let limited = GOOD.replace("[vars.POSTERN]", LIMIT);
    let wrangler = limited.replace(
        "[vars.POSTERN]",
        &format!("[vars]\nPOSTERN_USERS = '{ANN}'\n\n[vars.POSTERN]"),
    );
    assert_error(
        &wrangler,
        &["vars.POSTERN_USERS: ", "`make user`", "wrangler secret put"],
    );
}

#[test]
fn accounts_need_a_rate_limit() {
    let folder = Folder::with(GOOD);
    folder.write(".dev.vars", &format!("POSTERN_USERS='# people\n{ANN}'\n"));
    let text = folder.check().err;
    assert!(
        text.contains("error: POSTERN_LOGIN_LIMIT: is not a binding"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
    folder.write("wrangler.toml", &GOOD.replace("[vars.POSTERN]", LIMIT));
    assert_eq!(folder.check().err, "");
    folder.write(".dev.vars", "POSTERN_USERS='# people\nann:hunter2'\n");
    let text = folder.check().err;
    assert!(text.contains("error: POSTERN_USERS: line 2: "), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn accounts_need_the_object_that_checks_passwords() {
    let binding = "  { name = \"POSTERN_ACCOUNTS\", class_name = \"Account\" },\n";
    let limited = GOOD.replace("[vars.POSTERN]", LIMIT);
    let unmigrated = limited.replace(", \"Account\"]", "]");
    let unbound = unmigrated.replace(binding, "");
    // Without accounts neither is needed.
    let folder = Folder::with(&unbound);
    assert_eq!(folder.check().err, "");
    folder.write(".dev.vars", &format!("POSTERN_USERS='{ANN}'\n"));
    let text = folder.check().err;
    assert!(
        text.contains("error: POSTERN_ACCOUNTS: is not a binding"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
    // Where it is bound, its class must have its storage.
    let words = ["`Account` is missing", "new_sqlite_classes = [\"Account\"]"];
    assert_error(&unmigrated, &words);
    let words = ["is bound to the class `Person`", "class_name = \"Account\""];
    let other = limited.replace("class_name = \"Account\"", "class_name = \"Person\"");
    assert_error(&other, &words);
}

#[test]
fn second_addresses_are_a_warning() {
    let wrangler = format!("routes = [\"auth.example.com/*\"]\n{GOOD}");
    let output = Folder::with(&wrangler).check();
    let text = output.err;
    assert!(output.code == 0);
    assert!(
        text.contains("wrangler.toml: warning: workers_dev: "),
        "{text}"
    );
    assert!(
        text.contains("wrangler.toml: warning: preview_urls: "),
        "{text}"
    );
    let closed = format!("workers_dev = false\npreview_urls = false\n{wrangler}");
    assert_eq!(Folder::with(&closed).check().err, "");
}

#[test]
fn local_secrets_are_checked() {
    let folder = Folder::with(GOOD);
    folder.write(
        ".dev.vars",
        "APP_SHA256=hunter2\nPOSTERN_KEYS=\"hunter2\"\n",
    );
    let output = folder.check();
    let text = output.err;
    assert_eq!(output.code, 1);
    assert!(
        text.contains("clients[0].secret_sha256: the secret `APP_SHA256` is not"),
        "{text}"
    );
    assert!(text.contains("POSTERN_KEYS: pair 1"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let keys = folder.0.run(&["keys"]);
    let good = format!("APP_SHA256={}\nPOSTERN_KEYS={}", "5a".repeat(32), keys.out);
    folder.write(".dev.vars", &good);
    assert_eq!(folder.check().err, "");
}

#[test]
fn environments_are_checked_too() {
    let bare = format!("{GOOD}\n[env.staging]\nname = \"staging\"\n");
    let output = Folder::with(&bare).check();
    let text = output.err;
    assert_eq!(output.code, 1);
    assert_eq!(output.out, GOOD_LINE);
    let line = "wrangler.toml [env.staging]: error: postern.toml: is missing: write `issuer`";
    assert!(text.contains(line), "{text}");
    assert!(
        text.contains("add `[[env.staging.kv_namespaces]]`"),
        "{text}"
    );
    assert!(
        text.contains("of `[env.staging.durable_objects]`"),
        "{text}"
    );
    // Migrations and static assets are taken from the top.
    assert!(
        !text.contains("[vars") && !text.contains("[env.staging.migrations"),
        "{text}"
    );

    let (_, bindings) = GOOD.split_once("[[kv_namespaces]]").unwrap();
    let (bindings, rest) = bindings.split_once("[[migrations]]").unwrap();
    let (_, table) = rest.split_once("[vars.POSTERN]").unwrap();
    let own = format!("[[kv_namespaces]]{bindings}[vars.POSTERN]{table}")
        .replace("[[", "[[env.staging.")
        .replace("[durable", "[env.staging.durable")
        .replace("[vars", "[env.staging.vars");
    let output = Folder::with(&format!("{GOOD}\n{own}")).check();
    assert_eq!(output.err, "");
    assert!(
        output
            .out
            .contains("wrangler.toml [env.staging]: ok: 1 client, 2 routes")
    );
}

#[test]
fn the_tables_of_the_pages_about_logging_in_are_good() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    for page in ["google", "keycloak", "zitadel"] {
        let text = fs::read_to_string(docs.join(format!("login-{page}.md"))).unwrap();
        let (_, table) = text.split_once("```toml\n").expect("it has a table");
        let (table, _) = table.split_once("```").expect("the table ends");
        let output = Folder::with(&format!("{GOOD}\n{table}")).check();
        assert!(output.code == 0, "{page}: {output:?}");
        let id = format!("id = \"{page}\"\n");
        assert!(table.contains(&id), "the page's URLs have the id in them");
    }
}

#[test]
fn a_jurisdiction_is_named_because_it_must_not_change() {
    let output = Folder::with(&GOOD.replace(
        "[vars.POSTERN]\n",
        "[vars.POSTERN]\njurisdiction = \"eu\"\n",
    ))
    .check();
    assert_eq!(output.err, "");
    let text = output.out;
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    assert!(
        first.starts_with("wrangler.toml: ok: 1 client, 2 routes"),
        "{first}"
    );
    let said = lines.next().unwrap();
    assert!(
        said.contains("`eu`") && said.contains("must not change"),
        "{said}"
    );
}

#[test]
fn a_header_that_never_reaches_an_origin_is_not_worth_listing() {
    let with = |headers: &str| {
        GOOD.replace(
            "access = \"token\"\n",
            &format!("access = \"token\"\nheaders = {headers}\n"),
        )
    };
    for stopped in [
        "X-Forwarded-Host",
        "authorization",
        "x-forwarded-*",
        "Cf-Access-*",
    ] {
        let words = ["routes[0].headers[1]", "stops on every route"];
        assert_error(&with(&format!("[\"x-app\", \"{stopped}\"]")), &words);
    }
    let output = Folder::with(&with("[\"x-app\", \"x-forwarded-for\", \"x-*\"]")).check();
    assert_eq!(output.err, "");
}

/// Each file is served at its other path on the conditions of its own route, or on stricter ones.
#[test]
fn another_route_must_not_serve_a_protected_file_on_weaker_conditions() {
    let with = |routes: &[(&str, &str)]| {
        let table = |(pattern, more): &(&str, &str)| {
            let origin = if more.contains("deny") {
                ""
            } else {
                "origin = \"assets\"\n"
            };
            format!("[[vars.POSTERN.routes]]\nmatch = \"{pattern}\"\n{origin}{more}\n")
        };
        let routes: String = routes.iter().map(table).collect();
        let (before, _) = GOOD.split_once("[[vars.POSTERN.routes]]").unwrap();
        before.replace("scopes = [\"a\"]", "scopes = [\"admin\", \"a\"]") + &routes
    };
    let admin = "access = \"any\"\nscopes = [\"admin\"]";
    let everyone = "access = \"any\"";
    let public = "access = \"public\"";
    for (routes, alias, what) in [
        // To every token, where the file's own route asks for a scope.
        (
            &[("/admin.html", admin), ("/*", everyone)][..],
            "`/admin`",
            "`scopes`",
        ),
        (
            &[("/admin", everyone), ("/admin.html", admin)],
            "`/admin`",
            "`scopes`",
        ),
        (
            &[("/a/index.html", admin), ("/*", everyone)],
            "`/a/`",
            "`scopes`",
        ),
        // To people, where only tokens are taken.
        (
            &[("/x.html", "access = \"token\""), ("/*", everyone)],
            "`/x`",
            "`access`",
        ),
        (
            &[("/x.html", "access = \"deny\""), ("/*", everyone)],
            "`/x`",
            "`access`",
        ),
        (
            &[("/x.html", "access = \"session\""), ("/*", public)],
            "`/x`",
            "`access`",
        ),
        // For longer after a revocation.
        (
            &[
                ("/x.html", "access = \"any\"\nmax_staleness = 0"),
                ("/*", everyone),
            ],
            "`/x`",
            "`max_staleness`",
        ),
        // A part of the other paths.
        (
            &[("/a/*.html", admin), ("/a/pub*", everyone), ("/*", admin)],
            "`/a/*`",
            "`scopes`",
        ),
    ] {
        let file = with(routes);
        let output = Folder::with(&file).check();
        let text = output.err;
        assert_eq!(output.code, 1, "{routes:?} {text}");
        for word in [alias, what, "same conditions"] {
            assert!(text.contains(word), "{word:?}: {routes:?} {text}");
        }
        // Nobody reads it there where no page has another path.
        let none = file.replace("[assets]", "[assets]\nhtml_handling = \"none\"");
        let output = Folder::with(&none).check();
        assert_eq!(output.err, "", "{routes:?}");
    }
    for routes in [
        // The same conditions, or stricter ones.
        &[("/admin.html", admin), ("/admin", admin), ("/*", everyone)][..],
        &[("/x.html", everyone), ("/*", admin)],
        &[
            ("/x.html", everyone),
            ("/*", "access = \"token\"\nmax_staleness = 0"),
        ],
        // The other path is in the file's own route, or the file in the other route.
        &[("/a/*", admin), ("/*", everyone)],
        &[("/a/pub*", everyone), ("/a/*.html", admin), ("/*", admin)],
        &[
            ("/x.html", everyone),
            ("/x", "access = \"deny\""),
            ("/*", public),
        ],
        // It takes no reading.
        &[
            ("/x.html", admin),
            ("/x", "access = \"any\"\nmethods = [\"POST\"]"),
            ("/*", everyone),
        ],
    ] {
        let output = Folder::with(&with(routes)).check();
        assert_eq!(output.err, "", "{routes:?}");
    }
}

/// <https://developers.cloudflare.com/workers/static-assets/routing/single-page-application/>
#[test]
fn the_page_of_a_single_page_application_is_served_wherever_there_is_no_file() {
    let with = |handling: &str, front: &str| {
        let (before, _) = GOOD.split_once("[[vars.POSTERN.routes]]").unwrap();
        before.replace(
            "[assets]",
            &format!("[assets]\nnot_found_handling = \"{handling}\""),
        ) + &format!(
            "[[vars.POSTERN.routes]]\nmatch = \"/public/*\"\naccess = \"public\"\norigin = \"assets\"\n\n\
                 [[vars.POSTERN.routes]]\nmatch = \"/*\"\naccess = \"{front}\"\norigin = \"assets\"\n"
        )
    };
    let output = Folder::with(&with("single-page-application", "any")).check();
    let said = output.err;
    assert!(output.code == 0, "{said}");
    for word in [
        "warning",
        "not_found_handling",
        "routes[0]",
        "`/public/*`",
        "index.html",
        "`access`",
    ] {
        assert!(said.contains(word), "{word:?}: {said}");
    }
    for (handling, front) in [
        ("single-page-application", "public"),
        ("404-page", "any"),
        ("none", "any"),
    ] {
        let output = Folder::with(&with(handling, front)).check();
        assert_eq!(output.err, "", "{handling} {front}");
    }
}

/// The routes of [`GOOD`], behind a login except for `public`.
fn with_a_login(public: &[&str]) -> String {
    let (before, _) = GOOD.split_once("[[vars.POSTERN.clients]]").unwrap();
    let mut wrangler = before.to_owned()
        + "logo = \"/brand/logo.svg\"\n\n[[vars.POSTERN.providers]]\nid = \"acme\"\n\
           issuer = \"https://id.example.com\"\nclient_id = \"x\"\nallow = \"anyone\"\n";
    let routes = public.iter().map(|pattern| (*pattern, "public"));
    for (pattern, access) in routes.chain([("/*", "session")]) {
        let keys = [("match", pattern), ("access", access), ("origin", "assets")];
        wrangler.push_str("\n[[vars.POSTERN.routes]]\n");
        for (key, value) in keys {
            wrangler.push_str(&[key, " = \"", value, "\"\n"].concat());
        }
    }
    wrangler
}

#[test]
fn a_logo_behind_the_login() {
    let said = Folder::with(&with_a_login(&[])).check().err;
    for word in ["warning: logo", "`/brand/logo.svg` is not public"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert_eq!(Folder::with(&with_a_login(&["/brand/*"])).check().err, "");
}

#[test]
fn a_public_page_whose_files_are_not_public() {
    let page = "<link rel=stylesheet href=style.css><script src=/app/main.js></script><a href=/inside>in</a>";
    let check = |public: &[&str]| {
        let folder = Folder::with(&with_a_login(public));
        folder.write("public/welcome/index.html", page);
        folder.write("public/inside.html", page);
        folder.check().err
    };
    let said = check(&["/brand/*", "/welcome/"]);
    assert_eq!(said.lines().count(), 1, "{said}");
    for word in [
        "the page `/welcome/` is public",
        "`/welcome/style.css` (and 1 more)",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let said = check(&["/brand/*", "/welcome/*"]);
    assert!(said.contains("`/app/main.js`, which it names"), "{said}");
    assert_eq!(check(&["/brand/*", "/welcome/*", "/app/*"]), "");
}

#[test]
fn paths_as_sent_beside_a_closed_part_of_the_same_origin() {
    let loose = GOOD.replace(
        "[[vars.POSTERN.routes]]\nmatch = \"/*\"\naccess = \"public\"\norigin = \"assets\"",
        "[[vars.POSTERN.routes]]\nmatch = \"/npm/*\"\naccess = \"public\"\npaths = \"as-sent\"\n\
         origin = \"service:API\"",
    );
    let said = Folder::with(&loose).check().err;
    for word in [
        "warning: routes[1].paths",
        "routes[0] (`/api/*`)",
        "stricter `access`",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let apart = loose.replace(
        "paths = \"as-sent\"\norigin = \"service:API\"",
        "origin = \"service:API\"",
    );
    assert_eq!(Folder::with(&apart).check().err, "");
}
