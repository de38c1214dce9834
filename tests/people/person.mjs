// A person with a browser, as far as cookies, redirects and forms go.
//
// Job: keep cookies as RFC 6265 says, follow redirects (and pages that go on by themselves) between the sites of
// the test, read the forms of a page and send them as a browser does. Not its job: what only a real browser shows
// (its own rules for cookies, the page's policy); tests/browser has that.

import assert from "node:assert/strict";

import { send } from "../workerd/http.mjs";

/** The cookie of a login. */
export const SESSION = "__Host-postern-session";

/** More redirects than a correct login takes. */
const MOST_HOPS = 15;

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Text out of HTML. */
export function unescaped(text) {
  return text.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name) => {
    if (name[0] !== "#") return ENTITIES[name] ?? whole;
    return String.fromCodePoint(name[1] === "x" ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
  });
}

function attributes(tag) {
  const found = {};
  for (const [, name, value] of tag.matchAll(/\s([a-z-]+)(?:="([^"]*)")?/gi))
    found[name.toLowerCase()] = unescaped(value ?? "");
  return found;
}

const words = (html) =>
  unescaped(html.replace(/<[^>]*>/g, " "))
    .replace(/\s+/g, " ")
    .trim();

/** A form of a page: where it goes, what it holds, and its buttons. */
class Form {
  constructor(tag, content) {
    this.attributes = attributes(tag);
    this.fields = new URLSearchParams();
    for (const [, inner] of content.matchAll(/<input\b([^>]*)>/gi)) {
      const input = attributes(` ${inner}`);
      if (input.name && input.type !== "submit") this.fields.set(input.name, input.value ?? "");
    }
    this.names = new Set(this.fields.keys());
    this.buttons = [...content.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/gi)].map(([, inner, label]) => ({
      label: words(label),
      ...attributes(` ${inner}`),
    }));
  }
}

/** What a browser shows. */
export class Page {
  constructor(url, reply, hops) {
    this.url = url;
    this.reply = reply;
    this.status = reply.status;
    /** Where it came from: `[status, url]` of each answer before. */
    this.hops = hops;
  }
  get html() {
    return this.reply.text;
  }
  /** Its visible text. */
  get text() {
    return words(this.html.replace(/<(style|head|script)\b[\s\S]*?<\/\1>/gi, ""));
  }
  get forms() {
    return [...this.html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(
      ([, tag, content]) => new Form(` ${tag}`, content),
    );
  }
  /** The first form that has a field, or a button, of this name. */
  form(name) {
    const found = this.forms.find(
      (form) => form.names.has(name) || form.buttons.some((button) => button.name === name || button.label === name),
    );
    assert.ok(found, `no form with ${name} at ${this.status} ${this.url}: ${this.text.slice(0, 300)}`);
    return found;
  }
  /** The links, by what they say. */
  get links() {
    return [...this.html.matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/gi)].map(([, tag, label]) => ({
      label: words(label),
      ...attributes(` ${tag}`),
    }));
  }
  /** Where it goes by itself: a redirect, or a page that goes on. */
  get next() {
    if (this.status >= 300 && this.status < 400) return this.reply.header("location");
    const refresh = /<meta http-equiv="refresh" content="0; ?url=([^"]*)"/i.exec(this.html);
    return refresh && unescaped(refresh[1]);
  }
}

/** The attributes of each `Set-Cookie`, by name. */
export function cookiesSet(reply) {
  return reply.all("set-cookie").map((line) => {
    const [pair, ...rest] = line.split(/; */);
    const at = pair.indexOf("=");
    const found = { name: pair.slice(0, at), value: pair.slice(at + 1), line };
    for (const part of rest) {
      const [name, value] = part.split("=");
      found[name.toLowerCase()] = value ?? true;
    }
    return found;
  });
}

/** A person, with nothing in their browser yet. */
export class Person {
  #jars = new Map();
  /** Cookies of one path only, which the provider has: by site, name and path. */
  #narrow = new Map();
  /** Sent with every request. */
  headers = { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };

  /** The gate that requests to the site go to, where it is not the one at its own address. */
  gate = null;

  /** `sites` are the web origins that exist; the browser stops before any other. */
  constructor(...sites) {
    this.sites = sites.map((site) => new URL(site).origin);
    [this.site] = this.sites;
  }

  /** The cookies of a whole site, by name. */
  cookies(site = this.site) {
    if (!this.#jars.has(site)) this.#jars.set(site, new Map());
    return this.#jars.get(site);
  }

  /** A copy of this browser with all its cookies, for a thief. */
  copy() {
    const copy = new Person(...this.sites);
    for (const [site, jar] of this.#jars) for (const [name, value] of jar) copy.cookies(site).set(name, value);
    copy.#narrow = new Map(this.#narrow);
    return copy;
  }

  /** The `Cookie` header for a URL. */
  cookieHeader({ origin, pathname }) {
    const narrow = [...this.#narrow.values()].filter(
      ({ site, path }) => site === origin && `${pathname}/`.startsWith(`${path}/`),
    );
    const all = [...narrow.map(({ name, value }) => [name, value]), ...this.cookies(origin)];
    return all.map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #take(url, { name, value, path = "/", "max-age": age, expires }) {
    // No browser takes a longer one (RFC 6265bis section 5.6).
    if (name.length + value.length > 4_096) return;
    const over = (age !== undefined && Number(age) <= 0) || (expires && Date.parse(expires) < Date.now());
    const jar = path === "/" ? this.cookies(url.origin) : this.#narrow;
    const key = path === "/" ? name : `${url.origin} ${path} ${name}`;
    if (over) jar.delete(key);
    else jar.set(key, path === "/" ? value : { site: url.origin, path, name, value });
  }

  /** One request, and its answer as a page. */
  async request(target, { method = "GET", headers = {}, body, hops = [] } = {}) {
    const url = new URL(target, this.site);
    assert.ok(this.sites.includes(url.origin), `there is no ${url.origin}`);
    const cookie = this.cookieHeader(url);
    const navigation = {
      Accept: "text/html,application/xhtml+xml,*/*;q=0.8",
      "Sec-Fetch-Mode": "navigate",
      "Sec-Fetch-Dest": "document",
    };
    const all = { Host: url.host, ...this.headers, ...navigation, ...(cookie && { Cookie: cookie }), ...headers };
    const sent = Object.entries(all).filter(([, value]) => value !== null && value !== undefined);
    const to = url.origin === this.site ? (this.gate?.url ?? url) : url;
    const reply = await send(to, method, `${url.pathname}${url.search}`, sent, body);
    for (const cookie of cookiesSet(reply)) this.#take(url, cookie);
    return new Page(url, reply, hops);
  }

  /** Follows a page for as long as it goes on by itself, and stops before a site that does not exist. */
  async follow(page, until = () => false) {
    for (let hops = 0; page.next !== null && !until(page); hops += 1) {
      assert.ok(hops < MOST_HOPS, `it goes round in circles: ${JSON.stringify(page.hops.slice(-4))}`);
      const url = new URL(page.next, page.url);
      if (!this.sites.includes(url.origin)) break;
      page = await this.request(url, {
        hops: [...page.hops, [page.status, page.url.href]],
        headers: { "Sec-Fetch-Site": url.origin === page.url.origin ? "same-origin" : "cross-site" },
      });
    }
    return page;
  }

  /** Goes somewhere, and on from there. */
  async visit(target) {
    return this.follow(await this.request(target, { headers: { "Sec-Fetch-Site": "none" } }));
  }

  /** Sends a form of `page` with these fields filled in, and gives the answer itself. */
  async send(page, form, fields = {}, headers = {}) {
    const body = new URLSearchParams(form.fields);
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) body.delete(name);
      else body.set(name, value);
    }
    const url = new URL(form.attributes.action || page.url, page.url);
    return this.request(url, {
      method: "POST",
      headers: {
        Origin: page.url.origin,
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
        ...headers,
      },
      body: body.toString(),
      hops: [...page.hops, [page.status, page.url.href]],
    });
  }

  /** Sends the login form of `page` for an account, with more `fields` and `headers`, and gives the answer itself. */
  logIn(page, { name, password }, fields = {}, headers = {}) {
    return this.send(page, page.form("password"), { username: name, password, ...fields }, headers);
  }

  /** Fills in a form and presses the button that says `label`, and goes on from there. */
  async press(page, label, fields = {}) {
    const form = page.form(label);
    const { name, value } = form.buttons.find((button) => button.label === label);
    return this.follow(await this.send(page, form, { ...fields, ...(name && { [name]: value ?? "" }) }));
  }

  /** Follows the link that says `label`. */
  async click(page, label) {
    const link = page.links.find((each) => each.label === label);
    assert.ok(link, `no link ${label} at ${page.url}: ${JSON.stringify(page.links)}`);
    return this.follow(
      await this.request(new URL(link.href, page.url), { headers: { "Sec-Fetch-Site": "same-origin" } }),
    );
  }
}
