//! What is wrong in the wrangler file.

use postern::token::KeyRing;

use crate::{Folder, GOOD, GOOD_LINE, assert_error};

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
fn the_configuration_in_a_variable() {
    let files = GOOD.replace(
        "# postern.toml",
        "[[vars.POSTERN.routes]]\nmatch = \"/*\"\n\n# postern.toml",
    );
    let words = [
        "wrangler.toml: error: vars.POSTERN: ",
        "postern.toml now",
        "`[[routes]]`",
    ];
    assert_error(&files, &words);
}

#[test]
fn keys_in_the_file() {
    let wrangler = GOOD.replace(
        "# postern.toml",
        "[vars]\nPOSTERN_KEYS = \"1:hunter2\"\n\n# postern.toml",
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
                     simple = { limit = 10, period = 60 }\n\n# postern.toml";

#[test]
fn accounts_in_the_file() {
    let limited = GOOD.replace("# postern.toml", LIMIT);
    let wrangler = limited.replace(
        "# postern.toml",
        &format!("[vars]\nPOSTERN_USERS = '{ANN}'\n\n# postern.toml"),
    );
    assert_error(
        &wrangler,
        &[
            "vars.POSTERN_USERS: ",
            "postern user`",
            "wrangler secret put",
        ],
    );
}

#[test]
fn keys_that_sign_in_the_file() {
    let key = KeyRing::write_pair(1, &[7; 32]);
    let wrangler = GOOD.replace(
        "# postern.toml",
        &format!("[vars]\nPOSTERN_SIGNING_KEYS = '{key}'\n\n# postern.toml"),
    );
    let words = [
        "vars.POSTERN_SIGNING_KEYS: ",
        "keys --signing`",
        "wrangler secret put",
    ];
    assert_error(&wrangler, &words);
}

#[test]
fn a_providers_secret_in_the_file() {
    let files = GOOD.replace(
        "# postern.toml",
        "[vars]\nACME = \"hunter2\"\n\n# postern.toml",
    ) + "[[providers]]\nid = \"acme\"\nissuer = \"https://id.example.com\"\nclient_id = \"x\"\n\
           client_secret = \"env:ACME\"\nallow = \"anyone\"\n";
    let output = Folder::with(&files).check();
    assert!(
        output.err.contains("wrangler.toml: error: vars.ACME: "),
        "{}",
        output.err
    );
    assert!(!output.err.contains("hunter2"), "{}", output.err);
    assert_eq!(output.code, 1);
}

#[test]
fn what_postern_shows_an_issuer_in_the_file() {
    for (key, own) in [("client_secret", "client_id = \"x\"\n"), ("client_key", "")] {
        let issuer = format!(
            "[[issuers]]\nid = \"acme\"\nissuer = \"https://id.example.com\"\ntokens = \"opaque\"\n\
             audiences = [\"x\"]\n{own}{key} = \"env:ACME\"\n"
        );
        let files = GOOD.replace(
            "# postern.toml",
            "[vars]\nACME = \"hunter2\"\n\n# postern.toml",
        ) + &issuer;
        let output = Folder::with(&files).check();
        let error = "wrangler.toml: error: vars.ACME: it is the secret";
        assert!(output.err.contains(error), "{}", output.err);
        assert!(!output.err.contains("hunter2"), "{}", output.err);
        assert_eq!(output.code, 1);
    }
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
    let folder = Folder::with(&GOOD.replace("# postern.toml", LIMIT));
    folder.write(".dev.vars", &format!("POSTERN_USERS='# people\n{ANN}'\n"));
    assert_eq!(folder.check().err, "");
    folder.write(".dev.vars", "POSTERN_USERS='# people\nann:hunter2'\n");
    let text = folder.check().err;
    let line = ".dev.vars: error: POSTERN_USERS: line 2: ";
    assert!(text.starts_with(line), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn accounts_need_the_object_that_checks_passwords() {
    let binding = "  { name = \"POSTERN_ACCOUNTS\", class_name = \"Account\" },\n";
    let limited = GOOD.replace("# postern.toml", LIMIT);
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
fn a_worker_that_nobody_builds_before_it_is_deployed() {
    let built = GOOD.replace("main = \"index.js\"", "main = \".postern/worker.js\"");
    let output = Folder::with(&built).check();
    assert_eq!(output.code, 0);
    let line =
        "wrangler.toml: warning: build.command: wrangler deploys what `postern build` wrote last";
    assert!(output.err.starts_with(line), "{}", output.err);
    let command = "[build]\ncommand = \"npx postern build\"\n\n[assets]";
    assert_eq!(
        Folder::with(&built.replace("[assets]", command))
            .check()
            .err,
        ""
    );
}

/// The bindings of [`GOOD`], for `env.staging`.
fn own_bindings() -> String {
    let (_, bindings) = GOOD.split_once("[[kv_namespaces]]").unwrap();
    let (bindings, _) = bindings.split_once("[[migrations]]").unwrap();
    format!("[[kv_namespaces]]{bindings}")
        .replace("[[", "[[env.staging.")
        .replace("[durable", "[env.staging.durable")
}

#[test]
fn environments_are_checked_too() {
    let with = |environment: &str| {
        Folder::with(&GOOD.replace("# postern.toml", &format!("{environment}\n# postern.toml")))
    };
    let output = with("[env.staging]\nname = \"staging\"\n").check();
    let text = output.err;
    assert_eq!(output.code, 1);
    assert_eq!(output.out, GOOD_LINE);
    let line = "wrangler.toml [env.staging]: error: POSTERN_SESSIONS: is not a binding of this Worker: add \
                `[[env.staging.kv_namespaces]]` with `binding = \"POSTERN_SESSIONS\"` to wrangler.toml";
    assert!(text.lines().any(|l| l == line), "{text}");
    assert!(
        text.contains("of `[env.staging.durable_objects]`"),
        "{text}"
    );
    // Migrations and static assets are taken from the top.
    assert!(
        !text.contains("migrations") && !text.contains("assets"),
        "{text}"
    );

    let own = own_bindings();
    let folder = with(&own);
    let output = folder.check();
    assert_eq!(output.err, "");
    let staging = "postern.toml with wrangler.toml [env.staging]: ok: 1 client, 2 routes\n";
    assert_eq!(output.out, [GOOD_LINE, staging].concat());
    // One of them alone.
    assert_eq!(folder.0.run(&["check", "--env", "staging"]).out, staging);
    let ran = folder.0.run(&["check", "--env", "live"]);
    let line = "wrangler.toml [env.live]: error: env.live: there is no such environment; there are `staging`\n";
    assert_eq!((ran.code, ran.err.as_str()), (1, line));
}

#[test]
fn an_environment_does_not_take_variables_from_the_top() {
    let own = own_bindings();
    let with = |vars: &str| {
        let files = GOOD
            .replace("\"https://auth.example.com\"", "\"env:SITE\"")
            .replace("# postern.toml", &format!("{vars}\n{own}\n# postern.toml"));
        Folder::with(&files).check()
    };
    let top = "[vars]\nSITE = \"https://auth.example.com\"\n";
    let output = with(top);
    assert_eq!(output.code, 0);
    let line = "wrangler.toml [env.staging]: warning: vars.SITE: an environment does not take `vars` from the top level, so \
                it has no `SITE`: add `[env.staging.vars]` with `SITE = \"...\"` to wrangler.toml, unless it is a secret here\n";
    assert_eq!(output.err, line);
    let both = format!("{top}\n[env.staging.vars]\nSITE = \"https://staging.example.com\"\n");
    assert_eq!(with(&both).err, "");
}

#[test]
fn what_is_wrong_in_every_environment_is_said_once() {
    let own = own_bindings();
    let files = GOOD
        .replace("access = \"token\"", "access = \"tokn\"")
        .replace("# postern.toml", &format!("{own}\n# postern.toml"));
    assert_error(&files, &["postern.toml:10:1: error: routes[0].access: "]);
}

#[test]
fn a_rate_limit_says_what_its_binding_does() {
    let limited = |said: &str, real: &str| {
        let files = GOOD.replace(
            "origin = \"service:API\"",
            &format!("origin = \"service:API\"\nrate_limit = {{ binding = \"API_LIMIT\", by = \"client\", {said} }}"),
        );
        let binding = format!(
            "[[ratelimits]]\nname = \"API_LIMIT\"\nnamespace_id = \"7\"\nsimple = {{ {real} }}\n\n# postern.toml\n"
        );
        Folder::with(&files.replace("# postern.toml\n", &binding)).check()
    };
    let same = limited("limit = 5, period = 10", "limit = 5, period = 10");
    assert_eq!((same.code, same.err.as_str()), (0, ""));
    let other = limited("limit = 5, period = 10", "limit = 50, period = 60");
    for words in [
        "routes[0].rate_limit.limit: it tells clients 5, and `API_LIMIT` in wrangler.toml has 50",
        "routes[0].rate_limit.period: it tells clients 10, and `API_LIMIT` in wrangler.toml has 60",
    ] {
        assert!(other.err.contains(words), "{}", other.err);
    }
    let files = GOOD.replace(
        "origin = \"service:API\"",
        "origin = \"service:API\"\nrate_limit = { binding = \"NONE\", by = \"client\", limit = 1, period = 10 }",
    );
    let none = Folder::with(&files).check();
    assert_eq!(none.code, 1);
    assert!(
        none.err.contains("needs the rate-limiting binding NONE"),
        "{}",
        none.err
    );
}
