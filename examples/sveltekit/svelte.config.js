import adapter from "@sveltejs/adapter-cloudflare";

// The adapter writes over `main`, so it gets a wrangler file of its own.
export default { kit: { adapter: adapter({ config: "wrangler.kit.jsonc" }) } };
