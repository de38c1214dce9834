// The gate over HTTP: every kind of route and origin, and what passes through it in both directions.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { challenge, had, withoutTrace } from './assertions.mjs';
import { API, IDENTITY, ISSUER, OTHER_API, bearer, clients, config, files, secrets } from './fixture.mjs';
import { start } from './harness.mjs';
import { Connection, chunked, request } from './http.mjs';

const { reports, reader, elsewhere, both } = clients;
const METADATA = 'https://api.example.com/.well-known/oauth-protected-resource';

let world, gate, plain, read_only;
before(async () => {
  world = await start({ gates: { gate: { config, secrets } }, files });
  gate = world.gate;
  plain = await gate.token(reports);
  read_only = await gate.token(reader);
});
after(() => world?.stop());
beforeEach(() => gate.reset());

const refused = (act) => withoutTrace(world.origin, act);

/** What the origin got of one request. */
async function arrived(method, target, headers, body) {
  await world.origin.clear();
  const reply = await gate.send(method, target, headers, body);
  const seen = await world.origin.seen();
  assert.equal(seen.length, 1, `the origin saw ${seen.length} requests; the answer was ${reply.status} ${reply.text.slice(0, 200)}`);
  return { reply, entry: seen[0] };
}

describe('who gets in', () => {
  test('public: everyone, and nobody is named', async () => {
    const { reply, entry } = await arrived('GET', '/public/x');
    assert.equal(reply.status, 200);
    for (const name of IDENTITY) assert.equal(had(entry, name), null);
    assert.equal(reply.header('cache-control'), null, 'a public answer stays as it is');
  });

  test('public: a token that came along is neither looked at nor handed on', async () => {
    for (const value of [`Bearer ${plain}`, 'Bearer nonsense', 'Basic YTpi']) {
      const { reply, entry } = await arrived('GET', '/public/x', { Authorization: value });
      assert.equal(reply.status, 200);
      assert.equal(had(entry, 'authorization'), null);
      for (const name of IDENTITY) assert.equal(had(entry, name), null);
    }
  });

  test('token: a good one, and the origin sees whose it is', async () => {
    const { reply, entry } = await arrived('GET', '/api/read/orders?from=1&to=%202', bearer(plain));
    assert.equal(reply.status, 200);
    assert.equal(new URL(entry.url).pathname + new URL(entry.url).search, '/api/read/orders?from=1&to=%202');
    assert.equal(had(entry, 'x-postern-subject'), 'reports');
    assert.equal(had(entry, 'x-postern-client'), 'reports');
    assert.deepEqual(had(entry, 'x-postern-scope').split(' ').toSorted(), ['orders:read', 'orders:write']);
    assert.match(had(entry, 'x-postern-session'), /^[A-Za-z0-9_-]{22}$/);
    assert.equal(had(entry, 'authorization'), null);
    assert.ok(!JSON.stringify(entry).includes(plain.slice(10, 40)), 'the token reached the origin');
  });

  test('the scheme is compared without case (RFC 9110 section 11.1)', async () => {
    for (const scheme of ['bearer', 'BEARER', 'bEaReR', 'Bearer  ']) {
      const { reply } = await arrived('GET', '/api/read/x', { Authorization: `${scheme} ${plain}` });
      assert.equal(reply.status, 200, scheme);
    }
  });

  test('nothing presented: 401 with a bare challenge (RFC 6750 section 3.1, RFC 9728 section 5.1)', async () => {
    for (const headers of [{}, { Authorization: '' }]) {
      const reply = await refused(() => gate.get('/api/read/x', headers));
      assert.equal(reply.status, 401);
      const { error, error_description, resource_metadata } = challenge(reply);
      assert.equal(error, undefined);
      assert.equal(error_description, undefined);
      assert.equal(resource_metadata, METADATA);
      assert.match(reply.header('cache-control') ?? '', /no-store/);
    }
  });

  test('another scheme is no token', async () => {
    for (const value of ['Basic YTpi', 'DPoP x', 'Bearerx y', `Token ${plain}`]) {
      const reply = await refused(() => gate.get('/api/read/x', { Authorization: value }));
      assert.equal(reply.status, 401, value);
      challenge(reply);
    }
  });

  test('a bad token: 401 invalid_token, the same for every reason', async () => {
    const dead = await gate.token(reports);
    assert.equal((await gate.revoke(dead, reports)).status, 200);
    const flipped = plain.slice(0, 50) + (plain[50] === 'A' ? 'B' : 'A') + plain.slice(51);
    const answers = new Set();
    for (const text of [dead, flipped, 'x', `pst_rt_${plain.slice(7)}`, plain.slice(0, -1)]) {
      const reply = await refused(() => gate.get('/api/strong/x', bearer(text)));
      assert.equal(reply.status, 401);
      assert.equal(challenge(reply).error, 'invalid_token');
      assert.equal(challenge(reply).resource_metadata, METADATA);
      answers.add(`${reply.header('www-authenticate')} ${reply.text}`);
    }
    assert.equal(answers.size, 1, 'a client can tell why');
  });

  test('an expired token', async () => {
    const { json } = await gate.introspect(plain, clients.server);
    await gate.clock(json.exp - Math.floor(Date.now() / 1000));
    const reply = await refused(() => gate.get('/api/read/x', bearer(plain)));
    assert.equal(reply.status, 401);
    assert.equal(challenge(reply).error, 'invalid_token');
  });

  test('a scope missing: 403 insufficient_scope with what is needed (section 3.1)', async () => {
    const reply = await refused(() => gate.send('POST', '/api/write/x', bearer(read_only), 'body'));
    assert.equal(reply.status, 403);
    const { error, scope, resource_metadata } = challenge(reply);
    assert.equal(error, 'insufficient_scope');
    assert.deepEqual(scope.split(' ').toSorted(), ['orders:read', 'orders:write'], 'all of them are needed');
    assert.equal(resource_metadata, METADATA);
    assert.equal((await arrived('POST', '/api/write/x', bearer(plain), 'body')).reply.status, 200);
  });

  test('an audience that is another one', async () => {
    const theirs = await gate.token(elsewhere);
    for (const [target, token] of [['/api/read/x', theirs], ['/api/any/x', theirs], ['/api/other/x', plain]]) {
      const reply = await refused(() => gate.get(target, bearer(token)));
      assert.equal(reply.status, 401, target);
      assert.equal(challenge(reply).error, 'invalid_token');
    }
    assert.equal((await arrived('GET', '/api/other/x', bearer(theirs))).reply.status, 200);
    const wide = await gate.token(both);
    for (const target of ['/api/read/x', '/api/other/x']) assert.equal((await arrived('GET', target, bearer(wide))).reply.status, 200);
    const reply = await refused(() => gate.get('/api/other/x'));
    assert.equal(challenge(reply).resource_metadata, `${OTHER_API}/.well-known/oauth-protected-resource`);
  });

  test('deny: whatever it brings', async () => {
    for (const headers of [{}, bearer(plain), bearer('x')]) {
      const reply = await refused(() => gate.get('/denied/x', headers));
      assert.equal(reply.status, 403);
    }
  });

  test('no route: refused, not passed on', async () => {
    for (const target of ['/', '/api', '/api/', '/api/read', '/public', '/publicx/y', '/nothing', '/API/read/x', '/oauth/tokens']) {
      const reply = await refused(() => gate.get(target, bearer(plain)));
      assert.ok([403, 404].includes(reply.status), `${target}: ${reply.status}`);
    }
  });
});

describe('methods', () => {
  test('one that the route does not take: 405 with Allow', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY']) {
      const reply = await refused(() => gate.send(method, '/api/read/x', bearer(plain), ''));
      assert.equal(reply.status, 405, method);
      assert.deepEqual(reply.header('allow').split(', ').toSorted(), ['GET', 'HEAD', 'PROPFIND'], method);
    }
  });

  test('GET admits HEAD; a method is the one that was sent', async () => {
    for (const method of ['GET', 'HEAD', 'PROPFIND']) {
      const { reply, entry } = await arrived(method, '/api/read/x', bearer(plain));
      assert.equal(reply.status, 200, method);
      assert.equal(entry.method, method);
    }
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY', 'TRACE']) {
      const { entry } = await arrived(method, '/api/any/x', bearer(plain));
      assert.equal(entry.method, method);
    }
  });

  test('HEAD answers as GET without a body, where it is refused too', async () => {
    const { reply } = await arrived('HEAD', '/api/read/x?do=range', bearer(plain));
    assert.equal(reply.header('content-length'), '10');
    assert.equal(reply.body.length, 0);
    const [head, get] = [await gate.send('HEAD', '/api/read/x'), await gate.get('/api/read/x')];
    assert.equal(head.status, get.status);
    assert.equal(head.header('www-authenticate'), get.header('www-authenticate'));
    assert.equal(head.body.length, 0);
  });

  test('without credentials an OPTIONS request is no way around', async () => {
    for (const target of ['/api/any/x', '/browser/pass/x', '/browser/answer/x']) {
      const reply = await refused(() => gate.send('OPTIONS', target));
      assert.equal(reply.status, 401, target);
    }
  });
});

describe('preflight', () => {
  const preflight = { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'authorization' };

  test('refused, unless the route says otherwise', async () => {
    const reply = await refused(() => gate.send('OPTIONS', '/api/any/x', preflight));
    assert.equal(reply.status, 401);
    assert.equal(reply.header('access-control-allow-origin'), null);
  });

  test('passed on, without identity and without body', async () => {
    const spoof = { 'X-Postern-Subject': 'admin', ...bearer(plain) };
    const { reply, entry } = await arrived('OPTIONS', '/browser/pass/x', { ...preflight, ...spoof }, 'a body');
    assert.equal(reply.status, 200);
    for (const name of [...IDENTITY, 'authorization']) assert.equal(had(entry, name), null, name);
    assert.equal(had(entry, 'origin'), 'https://app.example.com');
    assert.ok(!entry.bytes, 'the body went on');
  });

  test('answered for the origins that may call', async () => {
    const reply = await refused(() => gate.send('OPTIONS', '/browser/answer/x', preflight));
    assert.equal(reply.status, 204);
    assert.equal(reply.header('access-control-allow-origin'), 'https://app.example.com');
    assert.match(reply.header('access-control-allow-headers') ?? '', /authorization/i);
    assert.match(reply.header('access-control-allow-methods') ?? '', /PUT/);
    assert.match(reply.header('vary') ?? '', /Origin/i);
    assert.equal(reply.body.length, 0);
  });

  test('not answered for others', async () => {
    for (const origin of ['https://evil.example', 'https://app.example.com.evil.example', 'http://app.example.com', 'null', 'https://app.example.com:8443', 'HTTPS://APP.EXAMPLE.COM']) {
      const reply = await refused(() => gate.send('OPTIONS', '/browser/answer/x', { ...preflight, Origin: origin }));
      assert.equal(reply.header('access-control-allow-origin'), null, origin);
    }
  });

  test('what looks like a preflight and is none needs what every request needs', async () => {
    const almost = [
      ['OPTIONS', { Origin: preflight.Origin }],
      ['OPTIONS', { 'Access-Control-Request-Method': 'PUT' }],
      ['GET', preflight],
      ['POST', preflight],
    ];
    for (const [method, headers] of almost) {
      for (const target of ['/browser/pass/x', '/browser/answer/x']) {
        const reply = await refused(() => gate.send(method, target, headers));
        assert.equal(reply.status, 401, `${method} ${target}`);
      }
    }
  });

  test("the gate's own refusals can be read by a web origin that may call", async () => {
    const allowed = await refused(() => gate.get('/browser/answer/x', { Origin: 'https://app.example.com' }));
    assert.equal(allowed.status, 401);
    assert.equal(allowed.header('access-control-allow-origin'), 'https://app.example.com');
    const other = await refused(() => gate.get('/browser/answer/x', { Origin: 'https://evil.example' }));
    assert.equal(other.header('access-control-allow-origin'), null);
  });
});

describe('origins', () => {
  test('an https URL: path and query are kept, the host is its own', async () => {
    const { reply, entry } = await arrived('POST', '/url/a%20b?c=%2F&d', bearer(plain), 'hello');
    assert.equal(reply.status, 200);
    assert.equal(entry.url, 'https://origin.example.net/url/a%20b?c=%2F&d');
    assert.ok([null, 'origin.example.net'].includes(had(entry, 'host')), `Host: ${had(entry, 'host')}`);
    assert.equal(had(entry, 'x-postern-subject'), 'reports');
    assert.equal(had(entry, 'authorization'), null);
    assert.equal(reply.json.body, 'hello');
  });

  test('a client cannot choose the host of an https origin', async () => {
    for (const headers of [{ Host: 'evil.example' }, { 'X-Forwarded-Host': 'evil.example' }]) {
      const { entry } = await arrived('GET', '/url/x', { ...headers, ...bearer(plain) });
      assert.equal(new URL(entry.url).host, 'origin.example.net');
    }
  });

  test('the zone itself', async () => {
    const { reply, entry } = await arrived('GET', '/zone/x?y', { Host: 'www.example.com', ...bearer(plain) });
    assert.equal(reply.status, 200);
    assert.equal(new URL(entry.url).host, 'www.example.com');
    assert.equal(had(entry, 'x-postern-client'), 'reports');
    assert.equal((await refused(() => gate.get('/zone/x'))).status, 401);
    assert.equal((await refused(() => gate.get('/url/x'))).status, 401);
  });

  test('static assets: public and gated', async () => {
    const page = await gate.get('/site/page');
    assert.equal(page.status, 200);
    assert.equal(page.text, 'a page');
    const report = await gate.get('/private/report.txt', bearer(plain));
    assert.equal(report.text, 'the secret report');
    assert.match(report.header('cache-control'), /private/);
    const without = await gate.get('/private/report.txt');
    assert.equal(without.status, 401);
    assert.doesNotMatch(without.text, /secret report/);
    assert.equal((await gate.get('/private/nothing', bearer(plain))).status, 404);
  });

  test('assets: conditional and HEAD', async () => {
    const first = await gate.get('/private/report.txt', bearer(plain));
    const again = await gate.get('/private/report.txt', { ...bearer(plain), 'If-None-Match': first.header('etag') });
    assert.equal(again.status, 304);
    assert.equal(again.body.length, 0);
    assert.match(again.header('cache-control'), /private/);
    const head = await gate.send('HEAD', '/private/report.txt', bearer(plain));
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
  });

  test('an origin that breaks: 502 or its own error, and never its exception', async () => {
    for (const target of ['/api/any/x?do=throw', '/url/x?do=throw', '/public/x?do=throw']) {
      const reply = await gate.get(target, bearer(plain));
      assert.equal(reply.status, 502, `${target}: ${reply.status}`);
      assert.doesNotMatch(reply.text, /the origin is broken|Error|at /);
      assert.match(reply.header('cache-control') ?? '', /no-store/);
    }
    await world.logs.event('origin_unavailable', (event) => event.route === '/api/any/*');
    for (const status of [400, 401, 404, 500, 503]) {
      const reply = await gate.get(`/api/any/x?do=status&status=${status}`, bearer(plain));
      assert.equal(reply.status, status, 'an answer of the origin is its own');
      assert.equal(reply.text, `status ${status}`);
    }
  });
});

describe('what passes through', () => {
  test('request headers that are nobody else\'s go on as they were', async () => {
    const headers = { ...bearer(plain), Accept: 'text/x', 'Accept-Language': 'de', 'Content-Type': 'text/x', 'X-Custom': 'a, b', Cookie: 'a=1; b=2', 'User-Agent': 'x', 'If-Match': '"e"' };
    const { entry } = await arrived('PUT', '/api/any/x', headers, 'x');
    for (const name of ['Accept', 'Accept-Language', 'Content-Type', 'X-Custom', 'Cookie', 'User-Agent', 'If-Match']) {
      assert.equal(had(entry, name.toLowerCase()), headers[name], name);
    }
  });

  test("no cookie of ours goes on, and others' do", async () => {
    for (const target of ['/api/any/x', '/public/x']) {
      const { entry } = await arrived('GET', target, { ...bearer(plain), Cookie: 'a=1; __Host-postern=pst_st_x; b=2' });
      assert.equal(had(entry, 'cookie'), 'a=1; b=2');
    }
  });

  test('a body, with its length and without one', async () => {
    const sized = await arrived('POST', '/api/any/x', bearer(plain), 'y'.repeat(100_000));
    assert.equal(sized.reply.json.bytes, 100_000);
    const streamed = await arrived('POST', '/api/any/x', { ...bearer(plain), 'Transfer-Encoding': 'chunked' }, chunked('y'.repeat(70_000), 'z'));
    assert.equal(streamed.reply.json.bytes, 70_001);
    const empty = await arrived('POST', '/api/any/x', bearer(plain), '');
    assert.equal(empty.reply.json.bytes, 0);
  });

  test('bodies stream in both directions, through every origin that takes them', async () => {
    for (const target of ['/api/any/x?do=stream', '/url/x?do=stream', '/zone/x?do=stream', '/public/x?do=stream']) {
      const connection = new Connection(gate.url);
      try {
        connection.write(request('POST', target, { ...bearer(plain), 'Transfer-Encoding': 'chunked' }));
        connection.write('5\r\nhello\r\n');
        // The first part is back before the last one is sent: nobody waits for the whole.
        await connection.until((received) => received.includes('hello'));
        connection.write('5\r\nworld\r\n0\r\n\r\n');
        const reply = await connection.reply('POST');
        assert.equal(reply.status, 200);
        assert.equal(reply.text, 'helloworld', target);
      } finally {
        connection.close();
      }
    }
  });

  test('a refusal does not wait for the body', async () => {
    const connection = new Connection(gate.url);
    try {
      await world.origin.clear();
      connection.write(request('POST', '/api/any/x', { 'Content-Length': 1_000_000 }));
      connection.write('the beginning');
      assert.equal((await connection.reply('POST')).status, 401);
      assert.deepEqual(await world.origin.seen(), []);
    } finally {
      connection.close();
    }
  });

  test('Range', async () => {
    const { reply } = await arrived('GET', '/api/any/x?do=range', { ...bearer(plain), Range: 'bytes=2-4' });
    assert.equal(reply.status, 206);
    assert.equal(reply.text, 'cde');
    assert.equal(reply.header('content-range'), 'bytes 2-4/10');
    assert.match(reply.header('cache-control'), /private/);
  });

  test('conditional requests', async () => {
    for (const target of ['/api/any/x?do=conditional', '/url/x?do=conditional']) {
      const { reply } = await arrived('GET', target, { ...bearer(plain), 'If-None-Match': '"abc"' });
      assert.equal(reply.status, 304, target);
      assert.equal(reply.header('etag'), '"abc"');
      assert.match(reply.header('cache-control'), /private/);
      assert.equal((await arrived('GET', target, bearer(plain))).reply.text, 'the representation');
    }
  });

  test('answers without a body', async () => {
    for (const status of [204, 205, 304]) {
      const { reply } = await arrived('GET', `/api/any/x?do=empty&status=${status}`, bearer(plain));
      assert.equal(reply.status, status);
    }
  });

  test('redirects are handed on, not followed', async () => {
    for (const target of ['/api/any/x', '/url/x', '/zone/x', '/public/x']) {
      const { reply } = await arrived('GET', `${target}?do=redirect&to=${encodeURIComponent('https://origin.example.net/elsewhere')}`, bearer(plain));
      assert.equal(reply.status, 302, target);
      assert.equal(reply.header('location'), 'https://origin.example.net/elsewhere');
    }
  });

  test('Set-Cookie lines stay apart', async () => {
    const { reply } = await arrived('GET', '/api/any/x?header=Set-Cookie:a=1&header=Set-Cookie:b=2', bearer(plain));
    assert.deepEqual(reply.all('set-cookie'), ['a=1', 'b=2']);
  });

  test('a WebSocket', async () => {
    const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Protocol': 'chat' };
    for (const target of ['/api/any/ws', '/url/ws', '/public/ws']) {
      const connection = new Connection(gate.url);
      try {
        await world.origin.clear();
        connection.write(request('GET', target, { ...upgrade, ...bearer(plain) }));
        const opened = await connection.until((received) => received.includes('\r\n\r\n') && received.toString('latin1'));
        assert.match(opened, /^HTTP\/1\.1 101 /, target);
        assert.match(opened, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i);
        assert.match(opened, /sec-websocket-protocol: chat/i);
        // A masked text frame "hi" with a mask of zeros (RFC 6455 section 5.2).
        connection.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
        await connection.until((received) => received.includes('echo hi'));
        const [entry] = await world.origin.seen();
        assert.equal(had(entry, 'x-postern-subject'), target.startsWith('/public') ? null : 'reports');
        assert.equal(had(entry, 'authorization'), null);
      } finally {
        connection.close();
      }
    }
    const reply = await refused(() => gate.get('/api/any/ws', upgrade));
    assert.equal(reply.status, 401, 'an upgrade is no way around');
  });
});

describe('caching', () => {
  const answered = async (cacheControl, more = '') => {
    const query = cacheControl === null ? '' : `header=${encodeURIComponent(`Cache-Control:${cacheControl}`)}`;
    return (await arrived('GET', `/api/any/x?${query}${more}`, bearer(plain))).reply;
  };
  const words = (reply) => reply.header('cache-control').split(/, */).toSorted();

  test('what comes from a protected route is private unless the origin was stricter', async () => {
    assert.deepEqual(words(await answered(null)), ['private']);
    assert.deepEqual(words(await answered('public, max-age=60')), ['max-age=60', 'private']);
    assert.deepEqual(words(await answered('max-age=60, s-maxage=600, stale-while-revalidate=5')), ['max-age=60', 'private', 'stale-while-revalidate=5']);
    assert.deepEqual(words(await answered('private="set-cookie", max-age=5')), ['max-age=5', 'private']);
    assert.deepEqual(words(await answered('no-store')), ['no-store']);
    assert.deepEqual(words(await answered('private, max-age=5')), ['max-age=5', 'private']);
    assert.ok(words(await answered('PUBLIC, immutable')).includes('private'));
  });

  test('Vary names what decided', async () => {
    const vary = (reply) => reply.header('vary').split(/, */).map((name) => name.toLowerCase()).toSorted();
    assert.deepEqual(vary(await answered(null)), ['authorization']);
    assert.deepEqual(vary(await answered(null, '&header=Vary:Accept-Encoding')), ['accept-encoding', 'authorization']);
    assert.deepEqual(vary(await answered(null, '&header=Vary:AUTHORIZATION')), ['authorization']);
    assert.deepEqual(vary(await answered(null, '&header=Vary:*')), ['*']);
  });

  test('what speaks to shared caches over the head of Cache-Control goes', async () => {
    const reply = await answered('public', '&header=CDN-Cache-Control:max-age=60&header=Cloudflare-CDN-Cache-Control:max-age=60&header=Surrogate-Control:max-age=60');
    for (const name of ['cdn-cache-control', 'cloudflare-cdn-cache-control', 'surrogate-control']) assert.equal(reply.header(name), null, name);
  });

  test('a public route is left alone', async () => {
    const { reply } = await arrived('GET', '/public/x?header=Cache-Control:public,%20max-age=60&header=CDN-Cache-Control:max-age=9');
    assert.equal(reply.header('cache-control'), 'public, max-age=60');
    assert.equal(reply.header('cdn-cache-control'), 'max-age=9');
    assert.equal(reply.header('vary'), null);
  });

  test('refusals are kept by nobody', async () => {
    for (const [target, headers] of [['/api/any/x', {}], ['/api/any/x', bearer('x')], ['/denied/x', {}], ['/nothing', {}], ['/a//b', {}]]) {
      assert.match((await gate.get(target, headers)).header('cache-control') ?? '', /no-store/, target);
    }
  });
});

test('where the resource is said to be is where its metadata is', async () => {
  const { resource_metadata } = challenge(await gate.get('/api/read/x'));
  const url = new URL(resource_metadata);
  const metadata = (await gate.get(url.pathname, { Host: url.host })).json;
  assert.equal(metadata.resource, API);
  assert.deepEqual(metadata.authorization_servers, [ISSUER]);
});

test('with log_refusals each refusal has a line, without the token', async () => {
  world.logs.clear();
  await gate.get('/api/read/x', bearer(`pst_at_${'x'.repeat(87)}`));
  const event = await world.logs.event('gate_refused');
  assert.equal(event.status, 401);
  assert.equal(event.route, '/api/read/*');
  assert.doesNotMatch(JSON.stringify(world.logs.lines), /xxxx|pst_at_/);
});
