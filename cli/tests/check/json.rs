//! Wrangler files that are JSON.

use postern_cli::memory::Memory;

use crate::{Folder, GOOD};

/// The wrangler file of [`GOOD`], with what people write into such files.
const JSONC: &str = r#"{
  // What wrangler itself writes.
  "$schema": "node_modules/wrangler/config-schema.json",
  "name": "test",
  "main": ".postern/worker.js",
  "build": { "command": "npx postern build" },
  "compatibility_date": "2026-10-01",
  "assets": { "directory": "public", "binding": "ASSETS", "run_worker_first": true },
  "kv_namespaces": [{ "binding": "POSTERN_SESSIONS" }],
  "services": [{ "binding": "API", "service": "api" }],
  "durable_objects": {
    "bindings": [
      { "name": "POSTERN_COORDINATORS", "class_name": "SessionCoordinator" },
      { "name": "POSTERN_PEOPLE", "class_name": "Person" },
      { "name": "POSTERN_REVOCATION_LOG", "class_name": "RevocationLog" }, /* the last one */
    ],
  },
  "migrations": [
    { "tag": "v1", "new_sqlite_classes": ["SessionCoordinator", "Person", "RevocationLog"] },
  ],
}
"#;

fn folder(name: &str, wrangler: &str) -> Memory {
    let memory = Memory::with(name, wrangler);
    memory.put(
        "postern.toml",
        Folder::with(GOOD).0.text("postern.toml").unwrap(),
    );
    memory
}

#[test]
fn comments_and_commas_are_read() {
    let ran = folder("wrangler.jsonc", JSONC).run(&["check"]);
    assert_eq!(ran.err, "");
    assert_eq!(
        ran.out,
        "postern.toml with wrangler.jsonc: ok: 1 client, 2 routes\n"
    );
}

#[test]
fn what_to_write_is_json_too() {
    for (from, to, expected) in [
        (
            "[{ \"binding\": \"POSTERN_SESSIONS\" }]",
            "[]",
            "wrangler.jsonc: error: POSTERN_SESSIONS: is not a binding of this Worker: add `\"kv_namespaces\": [{ \
             \"binding\": \"POSTERN_SESSIONS\" }]` to wrangler.jsonc\n",
        ),
        (
            "[\"SessionCoordinator\", ",
            "[",
            "wrangler.jsonc: error: migrations: `SessionCoordinator` is missing: add `\"migrations\": [{ \"tag\": \
             \"v2\", \"new_sqlite_classes\": [\"SessionCoordinator\"] }]`\n",
        ),
        (
            ", \"run_worker_first\": true",
            "",
            "wrangler.jsonc: error: assets.run_worker_first: static files are served before the gate is asked: write \
             `\"run_worker_first\": true`\n",
        ),
        (
            "[{ \"binding\": \"API\", \"service\": \"api\" }]",
            "[]",
            "postern.toml:12:1: error: routes[0].origin: needs the service binding API: add `\"services\": [{ \
             \"binding\": \"API\" }]` and the Worker's name as `service` to wrangler.jsonc\n",
        ),
    ] {
        let ran = folder("wrangler.jsonc", &JSONC.replace(from, to)).run(&["check"]);
        assert_eq!((ran.code, ran.err.as_str()), (1, expected));
    }
    let staging = JSONC.replace(
        "\"name\": \"test\",",
        "\"name\": \"test\", \"env\": { \"staging\": {} },",
    );
    let ran = folder("wrangler.jsonc", &staging).run(&["check"]);
    let expected = "wrangler.jsonc [env.staging]: error: POSTERN_SESSIONS: is not a binding of this Worker: add \
                    `\"kv_namespaces\": [{ \"binding\": \"POSTERN_SESSIONS\" }]` to `env.staging` in wrangler.jsonc\n";
    assert!(ran.err.contains(expected), "{}", ran.err);
}

#[test]
fn a_file_that_is_not_json() {
    for (wrangler, expected) in [
        (
            "{\n  \"name\": x\n}",
            "wrangler.json:2:11: error: is not JSON: unexpected word\n",
        ),
        ("[]", "wrangler.json: error: must be a JSON object\n"),
    ] {
        let ran = folder("wrangler.json", wrangler).run(&["check"]);
        assert_eq!((ran.code, ran.err.as_str()), (1, expected));
    }
}

#[test]
fn the_file_that_wrangler_takes() {
    let memory = folder("wrangler.jsonc", JSONC);
    memory.put("wrangler.toml", "name = \"old\"\n");
    let ran = memory.run(&["check"]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.err,
        "wrangler.jsonc: warning: wrangler reads this file, and not wrangler.toml: remove one of the two\n"
    );
}

/// A way to a server for which the gate brings a certificate, or that is in a private network.
#[test]
fn an_origin_url_goes_through_each_kind_of_binding() {
    let routes = Folder::with(GOOD).0.text("postern.toml").unwrap().replace(
        "origin = \"service:API\"",
        "origin = \"service:API\"\norigin_url = \"https://api.internal\"",
    );
    let checked = |name: &str, wrangler: &str| {
        let memory = Memory::with(name, wrangler);
        memory.put("postern.toml", routes.as_str());
        memory.run(&["check"])
    };
    let services = "\"services\": [{ \"binding\": \"API\", \"service\": \"api\" }]";
    let kinds = [
        ("mtls_certificates", "certificate_id"),
        ("vpc_services", "service_id"),
        ("vpc_networks", "tunnel_id"),
        ("vpc_networks", "network_id"),
        ("services", "service"),
    ];
    for (table, id) in kinds {
        let json = format!("\"{table}\": [{{ \"binding\": \"API\", \"{id}\": \"0\" }}]");
        let ran = checked("wrangler.jsonc", &JSONC.replace(services, &json));
        assert_eq!(ran.err, "", "{table}");
        // An environment has bindings of its own.
        let staging = format!("\"name\": \"test\", \"env\": {{ \"staging\": {{ {json} }} }},");
        let ran = checked(
            "wrangler.jsonc",
            &JSONC
                .replace(services, &json)
                .replace("\"name\": \"test\",", &staging),
        );
        assert!(!ran.err.contains("origin"), "{table}: {}", ran.err);
        let toml = format!("[[{table}]]\nbinding = \"API\"\n{id} = \"0\"\n");
        let (wrangler, _) = GOOD.split_once("# postern.toml\n").unwrap();
        let from = "[[services]]\nbinding = \"API\"\nservice = \"api\"\n";
        let ran = checked("wrangler.toml", &wrangler.replace(from, &toml));
        assert_eq!(ran.err, "", "{table}");
    }
    let ran = checked(
        "wrangler.jsonc",
        &JSONC.replace(services, "\"services\": []"),
    );
    assert_eq!(
        ran.err,
        "postern.toml:12:1: error: routes[0].origin: needs the binding API: add `\"mtls_certificates\"`, \
         `\"vpc_services\"`, `\"vpc_networks\"` or `\"services\": [{ \"binding\": \"API\" }]` to wrangler.jsonc\n"
    );
}
