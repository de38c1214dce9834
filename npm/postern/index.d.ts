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

/** Who sent a request, as the gate found it. Nobody can change it. */
export interface Identity {
  /** Who it is: a lasting name for a person, or a client that came by itself. */
  readonly subject: string;
  /** The client that the token was issued to; `postern` for somebody who is signed in. */
  readonly client: string;
  /** The scopes, with a space between them. */
  readonly scope: string;
  /** The session, as the log names it. */
  readonly session: string;
  /** Who issued the token: this site, or another issuer that the route accepts. */
  readonly issuer: string;
  /** The name that a person signed in with. */
  readonly username?: string;
  /** When the person signed in, in seconds since 1970. */
  readonly authTime?: number;
  /** How the person proved who they are (RFC 8176), as far as it is known. */
  readonly amr: readonly string[];
  /** How well, in the words of the provider. */
  readonly acr?: string;
  /** What the configuration has a session keep of a provider's claims. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What `protect` takes as a class. */
type Entrypoint = new (...parameters: any[]) => Rpc.WorkerEntrypointBranded & {
  fetch(request: Request): Response | Promise<Response>;
};

/**
 * Your Worker behind the gate: what to export in its place. Requests to routes with `origin = "app"` come to its `fetch`. All
 * its other handlers (`scheduled`, `queue`, `email`) stay as they are.
 */
export function protect<Class extends Entrypoint>(config: Config, handler: Class): Class;
export function protect<Env = unknown>(config: Config, handler: ExportedHandler<Env>): ExportedHandler<Env>;

/**
 * Who sent this request, which the gate has let through to your `fetch`; null on a public route where nobody is known, and for
 * any other request.
 */
export function identity(request: Request): Identity | null;

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
