// Nothing of Vite's or the platform's is named here, so that any project can read it.

/** What can be said to the plugin. Paths are those from the root of Vite. */
export interface Options {
  /** The configuration; the default is `postern.toml`. What is built from it goes into the folder `.postern` beside it. */
  readonly config?: string;
  /** The wrangler file, if it is not the one beside the configuration. */
  readonly wrangler?: string;
}

/**
 * A plugin for Vite and Vitest that keeps `.postern/config.js` as `postern.toml` says. Put it before the plugins of
 * Cloudflare.
 */
export default function postern(options?: Options): { name: string };
