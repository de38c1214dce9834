// What all actors have in common: things that they know to be live or ended, and what may be answered about them.
//
// A thing is live, ended (since a moment), or in doubt: what would have ended it was answered with 503. In doubt either
// answer is right, until it was tried again.

/** How long anything may take before it counts as stuck, in milliseconds. It never decides about a right answer. */
const STUCK = 60_000;

/** One thing: a token, a login, a grant. It ends with its parent. */
export class Thing {
  #endedAt = null;
  #isInDoubt = false;

  constructor(parent = null) {
    this.parent = parent;
  }

  get isLive() {
    return this.#endedAt === null && !this.#isInDoubt && (this.parent?.isLive ?? true);
  }

  /** The moment from which on it was ended for certain. */
  get endedAt() {
    const all = [this.#endedAt, this.parent?.endedAt].filter((at) => at !== null && at !== undefined);
    return all.length ? Math.min(...all) : null;
  }

  end(now) {
    this.#endedAt ??= now;
  }

  doubt() {
    this.#isInDoubt = true;
  }
}

/** Does something until its answer is not 503. For times without faults. */
export async function calmly(what, act) {
  for (const deadline = Date.now() + STUCK; ; ) {
    const reply = await act();
    if (reply.status !== 503) return reply;
    if (Date.now() > deadline) throw new Error(`${what} stays unavailable: ${reply.text}`);
  }
}

/** Does something that throws where a slow machine made a store time out, until it does not. */
export async function patiently(act) {
  for (const deadline = Date.now() + STUCK; ; ) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

export class Actor {
  /** What has to be tried again when the faults are off. */
  again = [];

  constructor(name, site, ledger, random) {
    Object.assign(this, { name, site, ledger, random });
    this.host = { Host: new URL(site.issuer).host };
  }

  get now() {
    return this.site.gate.now;
  }

  /** Holds that the answer about a thing is one that it may get. `yes` and `no` are the statuses for live and ended. */
  judge(what, thing, reply, { yes, no, mayLag = 0 }) {
    this.ledger.documented(`${this.name}: ${what}`, reply, [yes, no, 503].flat());
    const is = (statuses) => [statuses].flat().includes(reply.status);
    const text = `${this.name}: ${what}: ${reply.status} ${reply.header("location") ?? ""} ${reply.text.slice(0, 200)}`;
    if (thing.isLive && is(no)) this.ledger.defect(`a live one is refused: ${text}`);
    // Moments are whole seconds, and the clock goes on during a round.
    else if (thing.endedAt !== null && is(yes) && this.now - thing.endedAt >= mayLag)
      this.ledger.defect(`an ended one passes: ${text}`);
  }

  /** What the introspection endpoint says about a thing's token, as a status: 200 for active, 401 for inactive. */
  async introspected(gate, token, client) {
    const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString("base64")}`;
    const reply = await gate.form("/oauth/introspect", { token }, null, { ...this.host, Authorization: basic });
    if (reply.status !== 200) return reply;
    return Object.assign(Object.create(reply), { status: reply.json.active ? 200 : 401 });
  }

  /** One thing of these, or nothing. */
  pick(things) {
    return things.length ? this.random.of(things) : null;
  }

  /** Tries everything again that was answered with 503. */
  async settle() {
    for (const retry of this.again.splice(0)) await retry();
  }
}

/** The routes on which a token is tried, and for how long each may let an ended one through, in seconds. */
export const ROUTES = { "/api/x": 0, "/bounded/x": 60, "/cached/x": 60 + 120 };

/** Holds that a token is what its thing is, on every route and at introspection, at these gates. */
export async function verifyToken(actor, thing, token, server, gates, afterwards) {
  for (const [name, gate] of Object.entries(gates)) {
    for (const [path, mayLag] of Object.entries(ROUTES)) {
      const what = `${afterwards} ${path} at ${name}`;
      const reply = await calmly(what, () => gate.get(path, { ...actor.host, Authorization: `Bearer ${token}` }));
      actor.judge(what, thing, reply, { yes: 200, no: 401, mayLag });
    }
    const what = `${afterwards} introspection at ${name}`;
    const reply = await calmly(what, () => actor.introspected(gate, token, server));
    actor.judge(what, thing, reply, { yes: 200, no: 401 });
  }
}
