//! What `init` recognises.

use super::machine::{desk, holds_together, init, is_settled};

/// The package.json of something that needs `packages` and is built by `build`.
fn package(packages: &[&str], build: &str) -> String {
    let packages: Vec<String> = packages
        .iter()
        .map(|name| format!("\"{name}\": \"^1.0.0\""))
        .collect();
    format!(
        "{{\n  \"name\": \"thing\",\n  \"scripts\": {{\n    \"dev\": \"other\",\n    \"build\": \"{build}\"\n  }},\n  \
         \"dependencies\": {{ {} }}\n}}\n",
        packages.join(", ")
    )
}

#[test]
fn programs_that_write_static_files() {
    for (packages, build, folder) in [
        (&["astro"][..], "astro build", "dist"),
        (&["vitepress"], "vitepress build", ".vitepress/dist"),
        (
            &["vitepress"],
            "vitepress build docs",
            "docs/.vitepress/dist",
        ),
        (
            &["vitepress", "vite"],
            "vitepress build && echo",
            ".vitepress/dist",
        ),
        (&["@docusaurus/core"], "docusaurus build", "build"),
        (&["vite"], "tsc -b && vite build", "dist"),
        (
            &["@sveltejs/kit", "@sveltejs/adapter-static"],
            "vite build",
            "build",
        ),
    ] {
        let memory = desk(&[("package.json", &package(packages, build))]);
        let ran = init(&memory, &["--yes"]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        let wrangler = memory.text("wrangler.jsonc").unwrap();
        assert!(
            wrangler.contains(&format!("\"directory\": \"{folder}\"")),
            "{wrangler}"
        );
        let package = memory.text("package.json").unwrap();
        assert!(
            package.contains("\"postern:dev\": \"npm run build && postern dev\""),
            "{package}"
        );
        assert!(
            package.contains("\"deploy\": \"npm run build && postern build && wrangler deploy\""),
            "{package}"
        );
        assert!(package.contains("\"dev\": \"other\""), "{package}");
        assert!(ran.err.contains("npm run postern:dev"), "{}", ran.err);
        is_settled(&memory, ".");
        holds_together(&memory);
    }
}

#[test]
fn they_are_offered_first() {
    let memory = desk(&[(
        "package.json",
        &package(&["vitepress"], "vitepress build docs"),
    )]);
    memory.put("pnpm-lock.yaml", "");
    let ran = memory.run_with(&["init"], &["", "", "", ""]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.err
            .contains("  1  the files that VitePress writes into docs/.vitepress/dist/\n"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("  2  another folder of static files\n"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("  pnpm install\n  pnpm run postern:dev"),
        "{}",
        ran.err
    );
}

#[test]
fn a_folder_with_a_page_in_it_is_offered() {
    let memory = desk(&[("site/index.html", "mine")]);
    let ran = memory.run_with(&["init"], &["", "", ""]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("  1  the files in site/\n"), "{}", ran.err);
    assert_eq!(memory.text("site/index.html").unwrap(), "mine");
}

#[test]
fn a_worker_is_gated_in_place() {
    let memory = desk(&[
        ("wrangler.jsonc", include_str!("files/hello.jsonc")),
        ("src/index.ts", "export default { fetch() {} };\n"),
    ]);
    let ran = init(&memory, &["--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let gate = memory.text("gate.js").unwrap();
    assert!(
        gate.contains("import worker from \"./src/index.ts\";"),
        "{gate}"
    );
    assert!(gate.contains("export * from \"./src/index.ts\";"), "{gate}");
    assert!(
        memory
            .text("wrangler.jsonc")
            .unwrap()
            .contains("\"main\": \"gate.js\"")
    );
    assert!(
        memory
            .text("postern.toml")
            .unwrap()
            .contains("origin = \"app\"")
    );
    is_settled(&memory, ".");
    holds_together(&memory);
}

#[test]
fn a_worker_in_toml_too() {
    let memory = desk(&[
        ("wrangler.toml", include_str!("files/worker.toml")),
        ("src/index.ts", "export default { fetch() {} };\n"),
    ]);
    let ran = init(&memory, &["--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        memory
            .text("wrangler.toml")
            .unwrap()
            .contains("main = \"gate.js\"")
    );
    assert_eq!(memory.text("wrangler.jsonc"), None);
    is_settled(&memory, ".");
}

#[test]
fn a_worker_that_only_asks_who_it_is_gets_the_gate_too() {
    for text in [
        "import { identity } from \"postern\";\n",
        "function protect() {}\nimport { identity } from 'postern';\n",
        "import { protect } from \"./mine.js\";\nimport { identity } from \"postern\";\n",
    ] {
        let memory = desk(&[
            ("wrangler.jsonc", include_str!("files/hello.jsonc")),
            ("src/index.ts", text),
        ]);
        assert_eq!(init(&memory, &["--yes"]).code, 0);
        assert!(memory.text("gate.js").is_some(), "{text}");
    }
}

#[test]
fn a_worker_that_has_the_gate_in_it_stays_the_entry() {
    let memory = desk(&[
        ("wrangler.jsonc", include_str!("files/hello.jsonc")),
        ("src/index.ts", "import { protect } from \"postern\";\n"),
    ]);
    let ran = init(&memory, &["--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(memory.text("gate.js"), None);
    assert!(
        memory
            .text("wrangler.jsonc")
            .unwrap()
            .contains("\"main\": \"src/index.ts\"")
    );
}

#[test]
fn a_new_worker_greets() {
    let memory = desk(&[]);
    let ran = init(&memory, &["--yes", "--gate", "worker"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let worker = memory.text("src/index.js").unwrap();
    assert!(worker.contains("identity(request)"), "{worker}");
    assert!(
        memory
            .text("wrangler.jsonc")
            .unwrap()
            .contains("\"main\": \"src/index.js\",\n")
    );
    is_settled(&memory, ".");
    holds_together(&memory);
}

#[test]
fn files_beside_a_worker_are_gated_too() {
    let wrangler = "{\n  \"name\": \"a\",\n  \"main\": \"src/index.ts\",\n  \"assets\": { \"directory\": \"./public\" }\n}\n";
    let memory = desk(&[
        ("wrangler.jsonc", wrangler),
        ("public/index.html", ""),
        ("public/about.html", ""),
        ("public/logo.svg", ""),
        ("public/img/a.png", ""),
        ("public/_headers", ""),
    ]);
    assert_eq!(init(&memory, &["--yes"]).code, 0);
    let configuration = memory.text("postern.toml").unwrap();
    let matches: Vec<&str> = configuration
        .lines()
        .filter_map(|line| line.strip_prefix("match = "))
        .collect();
    assert_eq!(
        matches,
        [
            "\"/about\"",
            "\"/img/**\"",
            "\"/\"",
            "\"/logo.svg\"",
            "\"/*\""
        ]
    );
    assert_eq!(configuration.matches("access = \"session\"").count(), 5);
}

#[test]
fn a_single_page_application_with_a_worker_beside_it() {
    let wrangler = "{\n  \"main\": \"worker/index.ts\",\n  \"assets\": { \"not_found_handling\": \"single-page-application\" }\n}\n";
    let memory = desk(&[("wrangler.jsonc", wrangler)]);
    assert_eq!(init(&memory, &["--yes"]).code, 0);
    let configuration = memory.text("postern.toml").unwrap();
    assert!(
        configuration.contains("match = \"/api/**\"\naccess = \"session\"\norigin = \"app\""),
        "{configuration}"
    );
    is_settled(&memory, ".");
    holds_together(&memory);
}

#[test]
fn next_by_way_of_opennext() {
    let packages = package(&["next", "@opennextjs/cloudflare"], "next build");
    let memory = desk(&[
        ("package.json", &packages),
        ("wrangler.jsonc", include_str!("files/opennext.jsonc")),
    ]);
    let ran = init(&memory, &["--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let gate = memory.text("gate.js").unwrap();
    assert!(
        gate.contains("import worker from \"./.open-next/worker.js\";"),
        "{gate}"
    );
    assert!(gate.contains("IDENTITY: identity(request)"), "{gate}");
    let wrangler = memory.text("wrangler.jsonc").unwrap();
    assert!(
        wrangler.contains("\"html_handling\": \"none\""),
        "{wrangler}"
    );
    let package = memory.text("package.json").unwrap();
    assert!(
        package.contains("npx opennextjs-cloudflare build && postern dev"),
        "{package}"
    );
    is_settled(&memory, ".");
    holds_together(&memory);
}

#[test]
fn astro_with_its_adapter() {
    let packages = package(&["astro", "@astrojs/cloudflare"], "astro build");
    let memory = desk(&[("package.json", &packages)]);
    let ran = init(&memory, &["--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let gate = memory.text("gate.js").unwrap();
    assert!(
        gate.contains("protect(config, { fetch: handle })"),
        "{gate}"
    );
    let wrangler = memory.text("wrangler.jsonc").unwrap();
    assert!(wrangler.contains("\"directory\": \"dist\""), "{wrangler}");
    // Vite needs the configuration before it builds.
    let package = memory.text("package.json").unwrap();
    assert!(
        package.contains("postern build --dev && npm run build && postern dev"),
        "{package}"
    );
    assert!(
        package.contains("postern build && npm run build && wrangler deploy"),
        "{package}"
    );
    is_settled(&memory, ".");
    holds_together(&memory);
}

#[test]
fn next_without_opennext_is_told_what_it_needs() {
    let memory = desk(&[("package.json", &package(&["next"], "next build"))]);
    let ran = init(&memory, &["--yes"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("OpenNext"), "{}", ran.err);
    memory.put(
        "next.config.ts",
        "const config = {\n  output: 'export',\n};\n",
    );
    assert_eq!(init(&memory, &["--yes"]).code, 0);
    assert!(
        memory
            .text("wrangler.jsonc")
            .unwrap()
            .contains("\"directory\": \"out\"")
    );
}

#[test]
fn sveltekits_adapter_is_kept_off_the_gate() {
    let wrangler = include_str!("files/svelte.jsonc");
    let config = "import adapter from '@sveltejs/adapter-cloudflare';\n\nexport default { kit: { adapter: adapter() } };\n";
    let packages = package(
        &["@sveltejs/kit", "@sveltejs/adapter-cloudflare"],
        "vite build",
    );
    let memory = desk(&[
        ("wrangler.jsonc", wrangler),
        ("svelte.config.js", config),
        ("package.json", &packages),
    ]);
    let ran = init(&memory, &["--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        memory
            .text("svelte.config.js")
            .unwrap()
            .contains("adapter({ config: \"wrangler.sveltekit.jsonc\" })")
    );
    let own = memory.text("wrangler.sveltekit.jsonc").unwrap();
    assert!(
        own.contains("\"main\": \".svelte-kit/cloudflare/_worker.js\""),
        "{own}"
    );
    assert!(
        memory
            .text("wrangler.jsonc")
            .unwrap()
            .contains("\"main\": \"gate.js\"")
    );
    is_settled(&memory, ".");
    holds_together(&memory);

    let odd = desk(&[
        ("wrangler.jsonc", wrangler),
        (
            "svelte.config.js",
            "export default { kit: { adapter: adapter({ routes }) } };\n",
        ),
        ("package.json", &packages),
    ]);
    let ran = init(&odd, &["--yes"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err
            .contains("adapter({ config: \"wrangler.sveltekit.jsonc\" })"),
        "{}",
        ran.err
    );
    assert_eq!(odd.text("wrangler.jsonc").unwrap(), wrangler);
}

/// Vite runs the Worker, and no build command of the wrangler file.
#[test]
fn a_worker_that_vite_builds_is_told_of_the_plugin() {
    let vite = package(&["vite", "@cloudflare/vite-plugin"], "vite build");
    let wrangler = "{ \"name\": \"shop\", \"main\": \"src/index.js\", \"compatibility_date\": \"2026-10-01\" }\n";
    let files = [
        ("package.json", vite.as_str()),
        ("wrangler.jsonc", wrangler),
        ("src/index.js", "export default { fetch() {} };\n"),
    ];
    let memory = desk(&files);
    let ran = init(&memory, &["--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("\"postern/vite\""), "{}", ran.err);
    let others = desk(&[("package.json", &package(&[], "x")), files[1], files[2]]);
    let ran = init(&others, &["--yes"]);
    assert!(!ran.err.contains("postern/vite"), "{}", ran.err);
}
