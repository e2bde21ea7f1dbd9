// Against a service that is there.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { AditError } from '@adit/contracts';
import type { Decision, PolicyHost } from '@adit/policy-kit';
import { SampleContext, type SampleFacts, sampleHost } from '@adit/policy-kit/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { httpRequest } from './http-request.ts';

/** As the server's: no answer is an error of ours. */
const fetchIt: PolicyHost['fetch'] = async (input, init) => {
  try {
    return await fetch(input, init);
  } catch (cause) {
    throw new AditError(9621, 'no answer', { cause });
  }
};

interface Service {
  readonly origin: string;
  readonly seen: { method: string; url: string; headers: http.IncomingHttpHeaders; body: string }[];
}

async function serve(answer: (url: string, response: http.ServerResponse, nth: number) => void): Promise<Service> {
  const seen: Service['seen'] = [];
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      answer(url, response, seen.push({ method, url, headers, body }));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

interface Asked extends SampleFacts {
  readonly values?: Readonly<Record<string, unknown>>;
  readonly host?: Partial<PolicyHost>;
}

async function ask(config: object, asked: Asked = {}): Promise<{ decision: Decision | undefined; result: unknown }> {
  const host = sampleHost(asked.values, { fetch: fetchIt, ...asked.host });
  const policy = await httpRequest.prepare(httpRequest.schema.parse(config), host);
  const context = new SampleContext(asked);
  const decision = await policy.request?.(context);
  return { decision, result: context.result };
}

test('sends what the policy says, and nothing of the visitor but his address', async () => {
  const { origin, seen } = await serve((_, response) => response.end('hello'));
  await ask(
    {
      url: `${origin}/a?b=c`,
      method: 'POST',
      headers: { 'X-Team': '${team}', 'content-type': 'application/json' },
      body: '{"team":"${team}"}',
      query_params: [{ key: 'q&', value: '${team}&#ü ' }],
    },
    { values: { team: 'red' }, request: { headers: { cookie: 'a=b', authorization: 'secret', 'x-other': '1' } } },
  );
  expect(seen).toMatchObject([{ method: 'POST', url: '/a?b=c&q%26=red%26%23%C3%BC%20', body: '{"team":"red"}' }]);
  expect(seen[0]?.headers).toMatchObject({
    'x-team': 'red',
    'content-type': 'application/json',
    'x-forwarded-for': '203.0.113.7',
    'user-agent': 'adit',
    'accept-encoding': 'identity',
    'cdn-loop': 'adit',
    host: origin.slice('http://'.length),
  });
  for (const name of ['cookie', 'authorization', 'x-other']) expect(seen[0]?.headers).not.toHaveProperty(name);
});

test.each(['a\r\nx-injected: 1', 'a\0', '\u20ac', 'x'.repeat(8_193)])('a header value %j is not sent', async (team) => {
  const { origin, seen } = await serve((_, response) => response.end());
  const asked = ask({ url: origin, headers: { 'x-team': '${team}' } }, { values: { team } });
  await expect(asked).rejects.toThrow(TypeError);
  expect(seen).toEqual([]);
});

test('what became longer than services take is not sent', async () => {
  const { origin, seen } = await serve((_, response) => response.end());
  const values = { long: 'x'.repeat(8_193) };
  await expect(ask({ url: `${origin}/\${long}` }, { values })).rejects.toThrow(TypeError);
  const query_params = [{ key: 'a', value: '${long}' }];
  await expect(ask({ url: origin, query_params }, { values })).rejects.toThrow(TypeError);
  expect(seen).toEqual([]);
});

test('a redirection is the answer, unless it may be followed; then so many of them', async () => {
  const { origin } = await serve((url, response) => {
    const number = Number(url.slice(1));
    response.writeHead(302, { location: `/${number + 1}` }).end(String(number));
  });
  for (const max_redirects of [0, 2]) {
    const { result } = await ask({ url: `${origin}/0`, max_redirects });
    expect(result).toMatchObject({ res: { status_code: 302, body: String(max_redirects) }, attempts: [{}] });
  }
});

test('a redirection to another host gets nothing that was meant for the first', async () => {
  const other = await serve((_, response) => response.end('other'));
  const { origin } = await serve((url, response) => {
    response.writeHead(url === '/kept' ? 307 : 302, { location: `${other.origin}/x` }).end('here');
  });
  const config = { method: 'POST', body: 'secret', headers: { 'x-key': 'secret' }, max_redirects: 1 };
  const followed = await ask({ ...config, url: origin });
  expect(followed.result).toMatchObject({ res: { body: 'other' } });
  expect(other.seen).toMatchObject([{ method: 'GET', url: '/x', body: '' }]);
  expect(JSON.stringify(other.seen)).not.toMatch(/secret|203\.0\.113\.7/);
  const kept = await ask({ ...config, url: `${origin}/kept` });
  expect(kept.result).toMatchObject({ res: { status_code: 307, body: 'here' } });
  expect(other.seen).toHaveLength(1);
});

test.each(['file:///etc/passwd', 'http://user:pass@127.0.0.1/', 'http://', ''])(
  'a redirection to %j is not followed',
  async (location) => {
    const { origin, seen } = await serve((_, response) => response.writeHead(302, { location }).end());
    // The empty one leads to the same place, and there again.
    const { result } = await ask({ url: origin, max_redirects: 1 });
    expect(result).toMatchObject({ res: { status_code: 302 } });
    expect(seen).toHaveLength(location === '' ? 2 : 1);
  },
);

test('calls again until the answer is good, and says what was answered before', async () => {
  const { origin, seen } = await serve((_, response, nth) => response.writeHead(nth < 3 ? 503 : 200).end(String(nth)));
  const again = (_: unknown, { last_attempt }: { last_attempt: { res: { status_code: number } } }) =>
    last_attempt.res.status_code >= 500;
  const { result } = await ask({ url: origin, retry_condition: 'again' }, { values: { again } });
  expect(seen).toHaveLength(3);
  expect(result).toMatchObject({
    res: { status_code: 200, body: '3' },
    attempts: [
      { response_status_code: 503n },
      { response_status_code: 503n },
      { response_status_code: 200n, resolved_ip: '' },
    ],
  });
});

test('a service that does not answer in time is not waited for, nor asked again', async () => {
  let [delay, cancelled] = [0, 0];
  let ring = () => {};
  const after = (delayMs: number, callback: () => void) => {
    [delay, ring] = [delayMs, callback];
    return () => void cancelled++;
  };
  const { origin, seen } = await serve(() => ring());
  const config = { url: origin, timeout: '30s', on_error: 'halt', retry_condition: 'again' };
  const { decision, result } = await ask(config, { values: { again: true }, host: { after } });
  expect(decision).toMatchObject({ reason: 'http-request/too-late', code: 3602 });
  expect(result).toMatchObject({ error: { code: 'ERR_ADIT_3602' }, attempts: [{}] });
  expect([delay, cancelled, seen.length]).toEqual([30_000, 1, 1]);
});

test('a service that breaks off is no answer', async () => {
  const { origin } = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('x', () => response.destroy());
  });
  const { decision } = await ask({ url: origin, on_error: 'halt' });
  expect(decision).toMatchObject({ reason: 'http-request/no-answer' });
});

test('nobody is called to explain, or to decide again', async () => {
  const { origin, seen } = await serve((_, response) => response.end());
  const config = httpRequest.schema.parse({ url: origin });
  const policy = await httpRequest.prepare(config, sampleHost({}, { fetch: fetchIt }));
  await policy.request?.(new SampleContext({ isDry: true }));
  await policy.response?.(new SampleContext({ isDry: true }));
  expect(policy.recheck?.(new SampleContext({ isDry: true }))).toEqual({ outcome: 'continue' });
  expect(seen).toEqual([]);
});
