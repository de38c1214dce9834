//! The files of this repository.

use std::fs;
use std::path::Path;

use postern_cli::memory::Memory;

use crate::{Folder, GOOD};

#[test]
fn the_files_of_this_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = [
        (".", "3 clients, 8 routes"),
        ("examples/api", "3 clients, 4 routes"),
        ("examples/app", "0 clients, 2 routes"),
        ("examples/astro", "0 clients, 3 routes"),
        (
            "examples/every-key",
            "2 clients, 4 routes and 1 that is only tried",
        ),
        ("examples/hono", "0 clients, 2 routes"),
        ("examples/next", "0 clients, 3 routes"),
        ("examples/private-site", "0 clients, 1 route"),
        ("examples/rules", "2 clients, 5 routes"),
        ("examples/single-page", "0 clients, 1 route"),
        ("examples/site", "1 client, 3 routes"),
        ("examples/staging", "0 clients, 1 route"),
        ("examples/sveltekit", "0 clients, 2 routes"),
        ("examples/worker", "0 clients, 3 routes"),
    ];
    for example in fs::read_dir(root.join("examples")).unwrap() {
        let name = example.unwrap().file_name().into_string().unwrap();
        let folder = format!("examples/{name}");
        let is_known = files.iter().any(|(known, _)| *known == folder);
        assert!(
            is_known || !root.join(&folder).join("wrangler.toml").exists(),
            "{folder}"
        );
    }
    for (folder, counts) in files {
        // In a folder of its own, without the local secrets of whoever runs this.
        let memory = Memory::default();
        for name in ["postern.toml", "wrangler.toml"] {
            memory.put(name, fs::read(root.join(folder).join(name)).unwrap());
        }
        let output = memory.run(&["check"]);
        assert_eq!(output.err, "", "{folder}");
        let mut lines = output.out.lines();
        let first = lines.next().unwrap_or_default();
        assert_eq!(
            first,
            format!("postern.toml with wrangler.toml: ok: {counts}")
        );
        let more = [" [env.", "jurisdiction", "is only tried (`report`)"];
        assert!(lines.all(|line| more.iter().any(|words| line.contains(words))));
        assert_eq!(output.code, 0);
    }
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
