import type { Config } from "./index.js";

export type { Config } from "./index.js";
export { Account, Person, RevocationLog, RevocationRelay, SessionCoordinator } from "./index.js";

/** The whole Worker, for a site that has none of its own. */
export function worker(config: Config): { fetch(request: Request, env: unknown, context: ExecutionContext): Response | Promise<Response> };
