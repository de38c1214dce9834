// Workers KV in memory: what workerd's `kvNamespace` binding asks for, and no more. The same for every candidate.

const values = new Map();
let reads = 0;

// The binding writes https://host/KEY?urlencoded=true&...
function keyOf(url) {
  const start = url.indexOf("/", 8) + 1;
  const end = url.indexOf("?", start);
  return decodeURIComponent(end < 0 ? url.slice(start) : url.slice(start, end));
}

export default {
  async fetch(request) {
    const key = keyOf(request.url);
    switch (request.method) {
      case "GET": {
        reads += 1;
        const value = values.get(key);
        return value === undefined ? new Response(null, { status: 404 }) : new Response(value);
      }
      case "PUT":
        values.set(key, new Uint8Array(await request.arrayBuffer()));
        return new Response(null);
      case "DELETE":
        values.delete(key);
        return new Response(null);
      default:
        return new Response(null, { status: 405 });
    }
  },
};

// For the benchmark itself, on a socket of its own: seed, forget a key, count the reads.
export const admin = {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/load": {
        const lines = (await request.text()).split("\n");
        for (const line of lines) {
          const [key, value] = line.split("\t");
          values.set(key, Uint8Array.fromBase64(value));
        }
        return new Response(String(values.size));
      }
      case "/delete":
        return new Response(String(values.delete(await request.text())));
      case "/reads":
        return new Response(String(reads));
      default:
        return new Response(null, { status: 404 });
    }
  },
};
