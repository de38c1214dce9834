//! What `init` recognises in a folder: programs that write static files, frameworks, Workers.

use serde_json::Value as Json;

use super::answers::{Files, Framework, Gate, Worker};
use super::found::Found;
use crate::host::{Host, Kind, join};

/// What tells a program of static sites, in the order in which they are looked for: one may build on another.
const SITES: [Site; 4] = [
    Site {
        package: "astro",
        name: "Astro",
        build: "astro build",
        output: "dist",
        not_found: "404-page",
    },
    Site {
        package: "vitepress",
        name: "VitePress",
        build: "vitepress build",
        output: ".vitepress/dist",
        not_found: "404-page",
    },
    Site {
        package: "@docusaurus/core",
        name: "Docusaurus",
        build: "docusaurus build",
        output: "build",
        not_found: "404-page",
    },
    Site {
        package: "vite",
        name: "Vite",
        build: "vite build",
        output: "dist",
        not_found: "single-page-application",
    },
];

struct Site {
    package: &'static str,
    name: &'static str,
    build: &'static str,
    output: &'static str,
    not_found: &'static str,
}

/// Something that could be gated, as it is told to a person.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// In words that go on from "What is to be gated?".
    pub label: String,
    /// The same as an answer.
    pub gate: Gate,
}

impl Found {
    /// What is here, likeliest first. Empty where nothing is recognised.
    ///
    /// # Errors
    /// Something is here that cannot be gated as it is: what to do first.
    pub fn choices(&self, host: &dyn Host) -> Result<Vec<Choice>, String> {
        let mut choices = Vec::new();
        if let Some(choice) = self.framework(host)? {
            choices.push(choice);
        } else if let Some(main) = self.wrangler_text("/main") {
            choices.push(self.worker(host, "the Worker in", main, None));
        } else if let Some(folder) = self.wrangler_text("/assets/directory") {
            choices.push(files(folder, None, None));
        } else if let Some(site) = SITES.iter().find(|site| self.depends_on(site.package)) {
            choices.push(self.site(host, site));
        }
        if choices.is_empty() {
            let folders = ["public", "dist", "build", "_site", "site", "out", "www"];
            let has_page =
                |folder: &&&str| host.exists(&join(&self.folder, &format!("{folder}/index.html")));
            choices.extend(
                folders
                    .iter()
                    .filter(has_page)
                    .map(|folder| files(folder, None, None)),
            );
        }
        Ok(choices)
    }

    /// Frameworks whose Worker is built.
    fn framework(&self, host: &dyn Host) -> Result<Option<Choice>, String> {
        if self.depends_on("@sveltejs/kit") {
            return self.svelte(host).map(Some);
        }
        if self.depends_on("next") {
            return self.next(host).map(Some);
        }
        if self.depends_on("astro") && self.depends_on("@astrojs/cloudflare") {
            let main = self.wrangler_text("/main");
            let main = main.unwrap_or("@astrojs/cloudflare/entrypoints/server");
            let build = self.run("astro build");
            return Ok(Some(self.worker(
                host,
                "Astro's Worker,",
                main,
                Some((Framework::Astro, build)),
            )));
        }
        Ok(None)
    }

    fn svelte(&self, host: &dyn Host) -> Result<Choice, String> {
        let build = self.run("vite build");
        if self.depends_on("@sveltejs/adapter-static") {
            return Ok(files("build", Some(("SvelteKit", build)), Some("404-page")));
        }
        if self.depends_on("@sveltejs/adapter-cloudflare") {
            let main = ".svelte-kit/cloudflare/_worker.js";
            return Ok(self.worker(
                host,
                "SvelteKit's Worker,",
                main,
                Some((Framework::SvelteKit, build)),
            ));
        }
        Err("this is SvelteKit without an adapter for Cloudflare: `npm install -D \
             @sveltejs/adapter-cloudflare` (or @sveltejs/adapter-static), name it in the configuration of SvelteKit, and \
             run this again"
            .to_owned())
    }

    fn next(&self, host: &dyn Host) -> Result<Choice, String> {
        if self.depends_on("@opennextjs/cloudflare") {
            let main = self
                .wrangler_text("/main")
                .unwrap_or(".open-next/worker.js");
            let build = "npx opennextjs-cloudflare build".to_owned();
            return Ok(self.worker(
                host,
                "the Worker that OpenNext makes of Next.js,",
                main,
                Some((Framework::OpenNext, build)),
            ));
        }
        let configured = ["next.config.ts", "next.config.mjs", "next.config.js"];
        let exports = configured.iter().any(|name| {
            let text = host.read(&join(&self.folder, name)).ok().flatten();
            let text = text.and_then(|bytes| String::from_utf8(bytes).ok());
            text.is_some_and(|text| {
                let dense: String = text.split_whitespace().collect();
                dense.contains("output:\"export\"") || dense.contains("output:'export'")
            })
        });
        if exports {
            let build = self.run("next build");
            return Ok(files("out", Some(("Next.js", build)), Some("404-page")));
        }
        Err("this is Next.js without OpenNext, which makes a Worker of it: follow \
             https://opennext.js.org/cloudflare/get-started (or let Next.js write files, with `output: \"export\"`), and run \
             this again"
            .to_owned())
    }

    /// A program that writes static files.
    fn site(&self, host: &dyn Host, site: &Site) -> Choice {
        let mut output = site.output.to_owned();
        if site.package == "vitepress" {
            // `vitepress build docs` writes beneath docs.
            let script = self
                .scripts()
                .find_map(|(_, script)| script.split_once(site.build));
            let words = script.map_or("", |(_, rest)| rest).split_whitespace();
            let named = words
                .take(1)
                .find(|word| !word.starts_with(['-', '&', '|', ';']));
            let docs = host.exists(&join(&self.folder, "docs/.vitepress"));
            match named.or(docs.then_some("docs")) {
                Some(root) if root != "." => {
                    output = format!("{}/{output}", root.trim_matches('/'));
                }
                _ => {}
            }
        }
        let build = self.run(site.build);
        files(&output, Some((site.name, build)), Some(site.not_found))
    }

    /// A Worker whose entry is named, or one that is to be begun.
    pub fn own_worker(&self, host: &dyn Host, main: Option<&str>) -> Worker {
        match main {
            Some(main) => match self.worker(host, "", main, None).gate {
                Gate::Worker(worker) => worker,
                _ => Worker::default(),
            },
            None => Worker::default(),
        }
    }

    fn worker(
        &self,
        host: &dyn Host,
        what: &str,
        main: &str,
        by: Option<(Framework, String)>,
    ) -> Choice {
        let (by, build) = by.unzip();
        Choice {
            label: format!("{what} {main}"),
            gate: Gate::Worker(Worker {
                main: Some(main.to_owned()),
                files: self.patterns(host),
                build,
                is_beside_pages: self.is_beside_pages(),
                by,
            }),
        }
    }

    /// Whether the Worker has a single-page application beside it, which is served before the Worker is asked.
    fn is_beside_pages(&self) -> bool {
        let how = self.wrangler_text("/assets/not_found_handling");
        let file = self.wrangler.as_ref().map(|(_, file)| &file.said);
        let first = file.and_then(|said| said.pointer("/assets/run_worker_first"));
        how == Some("single-page-application") && first.and_then(Json::as_bool) != Some(true)
    }

    /// What the static files beside a Worker are, as patterns: those in the folder itself, and the folders in it.
    fn patterns(&self, host: &dyn Host) -> Vec<String> {
        let Some(folder) = self.wrangler_text("/assets/directory") else {
            return Vec::new();
        };
        // A folder that a build writes has names that change with each build.
        if self.depends_on("@sveltejs/kit") || self.depends_on("astro") || self.depends_on("vite") {
            return Vec::new();
        }
        if self.depends_on("next") {
            return vec!["/_next/static/**".to_owned()];
        }
        let path = join(&self.folder, folder.trim_start_matches("./"));
        let entries = host.list(path.trim_end_matches('/')).ok().flatten();
        let mut patterns = Vec::new();
        for entry in entries.into_iter().flatten() {
            let is_plain = entry
                .name
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || b"._-".contains(&c));
            if !is_plain || entry.name.starts_with(['_', '.']) {
                continue;
            }
            match entry.kind {
                Kind::Folder => patterns.push(format!("/{}/**", entry.name)),
                _ if entry.name == "index.html" => patterns.push("/".to_owned()),
                _ => {
                    let page = entry.name.strip_suffix(".html").unwrap_or(&entry.name);
                    patterns.push(format!("/{page}"));
                }
            }
        }
        patterns
    }
}

/// A folder of static files, and what writes it.
fn files(folder: &str, by: Option<(&str, String)>, not_found: Option<&'static str>) -> Choice {
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    let label = match &by {
        Some((name, _)) => format!("the files that {name} writes into {folder}/"),
        None => format!("the files in {folder}/"),
    };
    Choice {
        label,
        gate: Gate::Files(Files {
            folder: folder.to_owned(),
            not_found,
            build: by.map(|(_, command)| command),
        }),
    }
}
