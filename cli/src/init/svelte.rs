//! `SvelteKit`: its adapter writes the Worker to where a wrangler file says, so it needs a wrangler file of its own. Without
//! that, it would write over the gate.

use super::found::Found;
use crate::host::{Host, join};

/// The name of the file that the adapter reads.
const OWN: &str = "wrangler.sveltekit.jsonc";

/// Where `SvelteKit` is configured.
const CONFIGURED: [&str; 4] = [
    "svelte.config.js",
    "svelte.config.ts",
    "vite.config.ts",
    "vite.config.js",
];

/// The files that keep the adapter off the gate: name, text, and whether it is edited.
///
/// # Errors
/// What somebody has to write first.
pub fn config(host: &dyn Host, found: &Found) -> Result<Vec<(String, String, bool)>, String> {
    let read = |name: &str| {
        let bytes = host.read(&join(&found.folder, name)).ok().flatten()?;
        String::from_utf8(bytes).ok()
    };
    let texts: Vec<(&str, String)> = CONFIGURED
        .iter()
        .filter_map(|name| Some((*name, read(name)?)))
        .collect();
    let mut files = vec![(OWN.to_owned(), own(found), false)];
    if texts.iter().any(|(_, text)| text.contains(OWN)) {
        return Ok(files);
    }
    let plain = "adapter: adapter()";
    let with_it = texts
        .iter()
        .find(|(_, text)| text.matches(plain).count() == 1);
    let Some((name, text)) = with_it else {
        return Err(format!(
            "SvelteKit's adapter writes its Worker to where wrangler.jsonc says, which would be over the gate. Give it a \
             file of its own: write `adapter({{ config: \"{OWN}\" }})` where the adapter is named, and run this again"
        ));
    };
    let text = text.replace(plain, &format!("adapter: adapter({{ config: \"{OWN}\" }})"));
    files.push(((*name).to_owned(), text, true));
    Ok(files)
}

fn own(found: &Found) -> String {
    let (name, date) = (found.name().unwrap_or("sveltekit"), "2026-10-01");
    format!(
        "// For SvelteKit's adapter alone: where it writes its Worker and its files. wrangler.jsonc has the gate before them.\n\
         {{\n\
         \x20 \"name\": \"{name}\",\n\
         \x20 \"main\": \".svelte-kit/cloudflare/_worker.js\",\n\
         \x20 \"compatibility_date\": \"{date}\",\n\
         \x20 \"compatibility_flags\": [\"nodejs_als\"],\n\
         \x20 \"assets\": {{ \"directory\": \".svelte-kit/cloudflare\", \"binding\": \"ASSETS\" }}\n\
         }}\n"
    )
}
