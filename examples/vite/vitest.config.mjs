import { createHash } from "node:crypto";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import postern from "postern/vite";
import { defineConfig } from "vitest/config";

// Secrets for the tests alone.
const bindings = {
  POSTERN_KEYS: `1:${"A".repeat(43)}`,
  REPORTS_SECRET_SHA256: createHash("sha256").update("secret-of-the-tests").digest("hex"),
};

export default defineConfig({
  plugins: [postern(), cloudflareTest({ wrangler: { configPath: "./wrangler.jsonc" }, miniflare: { bindings } })],
});
