//! The files that `init` writes whole.

use super::answers::{Allow, Files, Framework, Gate, Login, Provider, Worker};

/// The least `wrangler` that does all this, and the day as of which Cloudflare's runtime is taken.
pub const WRANGLER: &str = "^4.100.0";
const COMPATIBILITY_DATE: &str = "2026-10-01";

/// The name of the file that puts Postern before a Worker.
pub const GATE: &str = "gate.js";

/// The entry that `postern build` writes.
pub const WORKER: &str = ".postern/worker.js";

/// The classes of the package, as a Worker has to export them.
const CLASSES: &str = "export { Account, Person, RevocationLog, RevocationRelay, SessionCoordinator } from \"postern\";";

/// What Git must not have.
pub const IGNORED: [&str; 5] = [
    "node_modules/",
    ".postern/",
    ".wrangler/",
    ".dev.vars*",
    "!.dev.vars.example",
];

/// A wrangler.jsonc for a folder that has none.
pub fn wrangler(name: &str, main: &str, files: Option<&Files>) -> String {
    let by = match main {
        WORKER => ", // `postern build` writes it",
        _ => ",",
    };
    let assets = files.map_or(String::new(), |files| {
        let not_found = files.not_found.map_or(String::new(), |how| {
            format!(",\n    \"not_found_handling\": \"{how}\"")
        });
        format!(
            r#"
  // The files. Without `run_worker_first` Cloudflare serves them before the gate is asked.
  "assets": {{
    "directory": "{}",
    "binding": "ASSETS",
    "run_worker_first": true{not_found}
  }},
"#,
            files.folder
        )
    });
    format!(
        r#"{{
  "$schema": "node_modules/wrangler/config-schema.json",
  "name": "{name}",
  "main": "{main}"{by}
  "compatibility_date": "{COMPATIBILITY_DATE}",

  // A domain of your own. Without it, the Worker is at NAME.ACCOUNT.workers.dev.
  // "routes": [{{ "pattern": "docs.example.com", "custom_domain": true }}],
  // "workers_dev": false,
  "preview_urls": false, // no further address for each version

  // The address of the site, once it is deployed. Until this is set, nothing is served but on localhost.
  "vars": {{ "POSTERN_ISSUER": "" }},

  // Checks postern.toml, and makes the Worker of it. A wrong configuration is not deployed.
  "build": {{
    "command": "npx postern build",
    "watch_dir": "postern.toml"
  }},
{assets}
  // Session records. Wrangler makes the namespace when it first deploys.
  "kv_namespaces": [{{ "binding": "POSTERN_SESSIONS" }}],

  // What must be decided once: sessions, passwords, and what was revoked.
  "durable_objects": {{
    "bindings": [
      {{ "name": "POSTERN_COORDINATORS", "class_name": "SessionCoordinator" }},
      {{ "name": "POSTERN_PEOPLE", "class_name": "Person" }},
      {{ "name": "POSTERN_REVOCATION_LOG", "class_name": "RevocationLog" }},
      {{ "name": "POSTERN_ACCOUNTS", "class_name": "Account" }}
    ]
  }},
  "migrations": [
    {{ "tag": "v1", "new_sqlite_classes": ["SessionCoordinator", "Person", "RevocationLog", "Account"] }}
  ],

  // Counts attempts to log in. The number must be one that no other rate limit in your Cloudflare account has.
  "ratelimits": [
    {{ "name": "POSTERN_LOGIN_LIMIT", "namespace_id": "1001", "simple": {{ "limit": 10, "period": 60 }} }}
  ]
}}
"#
    )
}

/// A postern.toml.
pub fn configuration(site: &str, gate: &Gate, login: &Login) -> String {
    let login = match login {
        Login::Account(_) | Login::AsConfigured => "# People log in with a name and a password. The accounts are in the secret POSTERN_USERS: `npx postern user NAME` makes a\n\
             # line of it. For Google, Entra ID, Keycloak or another provider, add a table `[[providers]]`.\n"
            .to_owned(),
        Login::Provider(provider) => provider_table(provider),
    };
    format!(
        "#:schema ./node_modules/postern/postern.schema.json\n\
         # Who gets in where. `npx postern check` says what is wrong with it, `npx postern routes` shows it as a table.\n\
         \n\
         issuer = \"env:POSTERN_ISSUER\"  # where the site is, from wrangler.jsonc; on localhost it is where it is reached\n\
         name = \"{site}\"  # what the login page calls it\n\
         log_refusals = true  # a line in the log for each request that is refused\n\
         \n\
         {login}\n\
         # The first `match` that fits decides, and a path that fits none is refused.\n\
         \n{}",
        routes(gate)
    )
}

fn provider_table(provider: &Provider) -> String {
    let rules: Vec<String> = provider.allow.iter().filter_map(Allow::rule).collect();
    let allow = if rules.is_empty() {
        "\"anyone\" # whoever has an account there".to_owned()
    } else {
        format!("[{}] # one of them has to fit", rules.join(", "))
    };
    let secret = if provider.has_secret {
        "client_secret = \"env:PROVIDER_CLIENT_SECRET\" # a secret of the Worker, in .dev.vars on your machine\n"
    } else {
        ""
    };
    format!(
        "# People log in there. Its console has to know the redirect URIs `http://localhost:8787/_postern/callback` and\n\
         # `https://YOUR-SITE/_postern/callback`.\n\
         [[providers]]\n\
         id = \"provider\"\n\
         name = \"{}\" # what the button says\n\
         issuer = \"{}\"\n\
         client_id = \"{}\"\n\
         {secret}allow = {allow}\n",
        host_of(&provider.issuer),
        provider.issuer,
        provider.client_id
    )
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

fn routes(gate: &Gate) -> String {
    match gate {
        Gate::Files(_) => {
            "# A part that everybody may see would stand here, before what it is a part of:\n\
             # [[routes]]\n\
             # match = \"/about/**\"\n\
             # methods = [\"GET\"]\n\
             # access = \"public\"\n\
             # origin = \"assets\"\n\
             \n\
             # Everything needs a login.\n\
             [[routes]]\n\
             match = \"/*\"\n\
             methods = [\"GET\"]\n\
             access = \"session\"\n\
             origin = \"assets\"\n"
                .to_owned()
        }
        Gate::Server(origin) => format!(
            "# Everything needs a login. Nobody else may reach the server: whoever does walks round the gate.\n\
             [[routes]]\n\
             match = \"/*\"\n\
             access = \"session\"\n\
             origin = \"{origin}\"\n"
        ),
        Gate::Worker(Worker {
            is_beside_pages: true,
            ..
        }) => "# What the Worker itself answers. `app` is the Worker.\n\
             [[routes]]\n\
             match = \"/api/**\"\n\
             access = \"session\"\n\
             origin = \"app\"\n\
             \n\
             # The pages, which are static files.\n\
             [[routes]]\n\
             match = \"/*\"\n\
             methods = [\"GET\"]\n\
             access = \"session\"\n\
             origin = \"assets\"\n"
            .to_owned(),
        Gate::Worker(Worker { files, .. }) => worker_routes(files),
    }
}

fn worker_routes(files: &[String]) -> String {
    let mut text = String::new();
    if !files.is_empty() {
        text.push_str("# The static files.\n");
    }
    for pattern in files {
        text.push_str("[[routes]]\nmatch = \"");
        text.push_str(pattern);
        text.push_str("\"\nmethods = [\"GET\"]\naccess = \"session\"\norigin = \"assets\"\n\n");
    }
    let else_ = if files.is_empty() { "" } else { "else " };
    text.push_str("# Everything ");
    text.push_str(else_);
    text.push_str(
        "needs a login. `app` is the Worker itself.\n\
         [[routes]]\n\
         match = \"/*\"\n\
         access = \"session\"\n\
         origin = \"app\"\n",
    );
    text
}

/// The entry that puts Postern before the Worker in `main`. Code within a framework has another request in its hands than
/// the Worker, so it finds the person beside the bindings.
pub fn gate(main: &str, by: Option<Framework>) -> String {
    if by == Some(Framework::Astro) {
        return format!(
            "// Postern, and behind it Astro, where `identity(Astro.request)` of \"postern\" says who it is.\n\
             import {{ handle }} from \"@astrojs/cloudflare/handler\";\n\
             import {{ protect }} from \"postern\";\n\
             import config from \"./.postern/config.js\";\n\
             \n\
             {CLASSES}\n\
             \n\
             export default protect(config, {{ fetch: handle }});\n"
        );
    }
    let main = specifier(main);
    let (heading, names, handler) = if by.is_some() {
        (
            "who it is comes along with the bindings, as `IDENTITY`",
            "identity, protect",
            "{\n  ...worker,\n  fetch: (request, env, ctx) => worker.fetch(request, { ...env, IDENTITY: identity(request) }, ctx),\n}",
        )
    } else {
        (
            "`identity(request)` of \"postern\" says who it is",
            "protect",
            "worker",
        )
    };
    format!(
        "// Postern, and behind it the Worker, where {heading}.\n\
         import {{ {names} }} from \"postern\";\n\
         import config from \"./.postern/config.js\";\n\
         import worker from \"{main}\";\n\
         \n\
         export * from \"{main}\";\n\
         {CLASSES}\n\
         \n\
         export default protect(config, {handler});\n"
    )
}

/// How a module beside this one imports what a wrangler file names as `main`: a file from here, or a module of a package.
fn specifier(main: &str) -> String {
    let is_file = ["js", "mjs", "cjs", "ts", "mts", "jsx", "tsx"]
        .iter()
        .any(|end| {
            main.rsplit_once('.')
                .is_some_and(|(_, found)| found == *end)
        });
    if !is_file || main.starts_with("./") || main.starts_with("../") {
        return main.to_owned();
    }
    format!("./{main}")
}

/// A Worker to begin with.
pub fn new_worker() -> String {
    format!(
        "import {{ identity, protect }} from \"postern\";\n\
         import config from \"../.postern/config.js\";\n\
         \n\
         {CLASSES}\n\
         \n\
         export default protect(config, {{\n\
         \x20 fetch(request) {{\n\
         \x20   const who = identity(request);\n\
         \x20   return new Response(`Hello, ${{who.username ?? who.subject}}.\\n`);\n\
         \x20 }},\n\
         }});\n"
    )
}

/// A page to begin with.
pub fn page(site: &str) -> String {
    format!(
        "<!doctype html>\n\
         <html lang=\"en\">\n\
         \x20 <head>\n\
         \x20   <meta charset=\"utf-8\">\n\
         \x20   <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         \x20   <title>{site}</title>\n\
         \x20   <style>\n\
         \x20     body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto 0; padding: 0 1.5rem }}\n\
         \x20   </style>\n\
         \x20 </head>\n\
         \x20 <body>\n\
         \x20   <h1>You are in</h1>\n\
         \x20   <p>Only people who have logged in see this page. It is <code>public/index.html</code>: put your own files in its place.</p>\n\
         \x20   <p><a href=\"/_postern/sessions\">Where you are signed in</a> · <a href=\"/_postern/logout\">Sign out</a></p>\n\
         \x20 </body>\n\
         </html>\n"
    )
}
