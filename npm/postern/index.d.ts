// The types of `postern`. The platform's own (`Request`, `ExportedHandler`, `Rpc`) are those of your project: `wrangler types`
// writes them, or `@cloudflare/workers-types` has them.

/** What `postern build` writes into `.postern/config.js`. */
export interface Config {
  /** The form of the rest. */
  readonly version: number;
  /** The checked configuration, as JSON. */
  readonly table?: string;
  /** Whether somebody develops. */
  readonly dev?: boolean;
  /** While somebody develops: why the configuration was refused. */
  readonly refused?: readonly string[];
}

/** A Durable Object of Postern's. Your Worker exports its class; only Postern asks it. */
declare class PosternObject implements Rpc.DurableObjectBranded {
  constructor(state: DurableObjectState, env: unknown);
  readonly [Rpc.__DURABLE_OBJECT_BRAND]: never;
  fetch(request: Request): Promise<Response>;
}

/** What was revoked: one object for the whole site. */
export class RevocationLog extends PosternObject {
  alarm(): Promise<void>;
}

/** Follows the log for one place of the network. */
export class RevocationRelay extends PosternObject {}

/** One session: its tokens, and whether it has ended. */
export class SessionCoordinator extends PosternObject {
  alarm(): Promise<void>;
}

/** One person's sessions and what they agreed to. */
export class Person extends PosternObject {
  alarm(): Promise<void>;
}

/** The passwords of accounts, and how often they were tried. */
export class Account extends PosternObject {
  alarm(): Promise<void>;
}
