import { cloudflare } from "@cloudflare/vite-plugin";
import postern from "postern/vite";
import { defineConfig } from "vite";

export default defineConfig({ plugins: [postern(), cloudflare()] });
