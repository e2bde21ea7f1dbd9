// What explaining says is what visitors meet: the same endpoints, asked about and visited over the real edge.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Directory } from '../directory/directory.ts';
import { endpointFacts } from '../domain/endpoint.ts';
import type { Explanation } from '../domain/explanation.ts';
import { fakeLink, request, startFront, visitorFacts } from '../edge/http/http-front.testkit.ts';
import { always, type PolicyAction, type PolicyDocument } from '../policy/document/policy-document.ts';
import { randomDocument, randomRequest } from '../policy/explain/random-policy.testkit.ts';
import { openExplainWorld } from './explain-endpoint.testkit.ts';

const forward = (url: string, onError = 'halt'): PolicyAction => ({
  type: 'forward-internal',
  config: { url, on_error: onError },
});
const forwards = [
  forward('https://a.internal'),
  forward('https://b.internal'),
  forward('https://c.internal'),
  forward('https://nobody.internal'),
];
/** A few rules by chance; behind them mostly one that sends visitors on. */
const document: fc.Arbitrary<PolicyDocument> = fc
  .tuple(randomDocument(forwards), fc.nat(2), fc.option(fc.constantFrom(...forwards)), fc.boolean())
  .map(([some, count, action, isAtOnce]) => {
    const rules = (some.on_http_request ?? []).slice(0, count);
    const last = action ? [always(action)] : [];
    return isAtOnce && count === 0 ? { on_tcp_connect: last } : { ...some, on_http_request: [...rules, ...last] };
  });
const headers = fc.constantFrom<string[]>(
  [],
  ['X-Forwarded-For', '10.0.0.1'],
  ['Connection', 'x-team', 'x-team', 'a'],
  ['TE', 'trailers'],
  ['Cookie', 'a=b'],
);

interface Met {
  /** Null: the connection ended. */
  readonly status: number | null;
  readonly errorCode: string | null;
  /** What the service was sent; null: it was not asked. */
  readonly forwarded: { readonly target: string; readonly lines: readonly string[] } | null;
}

/** Our id of a request is another each time; the runtime says how long its connection lives. */
function comparable(lines: readonly (readonly [string, string | null])[]): string[] {
  return lines
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    .filter((line) => !/^(?:adit-request-id|connection|keep-alive):/.test(line));
}

const pairs = (lines: readonly string[]): [string, string][] =>
  lines.flatMap((name, i) => (i % 2 === 0 ? [[name, lines[i + 1] ?? ''] as [string, string]] : []));

/** Each name once, as this process sends them. */
function joined(lines: readonly string[]): string[] {
  const values = new Map<string, string>();
  for (const [name, value] of pairs(lines)) {
    const known = values.get(name);
    values.set(name, known === undefined ? value : `${known}, ${value}`);
  }
  return [...values].flat();
}

function expected({ verdict, forwarded }: Explanation): Met {
  const { outcome, status, errorCode } = verdict;
  if (outcome !== 'allow') return { status, errorCode, forwarded: null };
  const lines = comparable((forwarded?.headers ?? []).map(({ name, value }) => [name, value]));
  return { status: 200, errorCode: null, forwarded: { target: forwarded?.target ?? '', lines } };
}

/** A front over whatever world is the current one, with a service that tells what it was sent. */
async function startVisits() {
  const world = { current: openExplainWorld() };
  let sent: Met['forwarded'] = null;
  const link = fakeLink((incoming, response) => {
    sent = { target: incoming.url ?? '', lines: comparable(pairs(incoming.rawHeaders)) };
    response.end();
  });
  const routes = new Proxy({} as Directory, {
    get(_, name) {
      const { directory } = world.current;
      const method = directory[name as 'find'];
      return typeof method === 'function' ? method.bind(directory) : method;
    },
  });
  const visitor = { facts: { ...visitorFacts, serverName: 'app.example.test' } };
  const { port } = await startFront({ visitor, deps: { routes } });
  const visit = async (method: string, target: string, lines: readonly string[]): Promise<Met> => {
    sent = null;
    try {
      const answer = await request(port, { method, path: target, headers: Object.fromEntries(pairs(lines)) });
      const errorCode = answer.headers['adit-error-code'];
      return { status: answer.status, errorCode: typeof errorCode === 'string' ? errorCode : null, forwarded: sent };
    } catch {
      return { status: null, errorCode: null, forwarded: sent };
    }
  };
  return { world, link, visit };
}

test('a visitor meets what explaining says, whatever the rules, over several endpoints', async () => {
  const met = new Map<string, number>();
  const { world, link, visit } = await startVisits();
  const property = fc.asyncProperty(
    fc.tuple(fc.oneof(fc.constant({}), randomDocument()), document, document, document, document),
    randomRequest,
    headers,
    async ([organisation, own, ...inner], asked, more) => {
      world.current = openExplainWorld({ organisation });
      const { open, explain } = world.current;
      const { publication } = await open('https://app.example.test', { document: own, link });
      for (const [i, one] of inner.entries()) {
        const hostHeader = i === 1 ? 'rewritten.test' : undefined;
        await open(`https://${'abc'[i]}.internal`, { document: one, link, ...(hostHeader && { hostHeader }) });
      }
      const whole = { ...asked, path: asked.target, body: null, headers: joined([...asked.headers, ...more]) };
      const explained = await explain('https://app.example.test', { request: whole, clientIp: visitorFacts.clientIp });
      expect(await visit(whole.method, whole.path, whole.headers)).toEqual(expected(explained));
      expect(explained.hops[0]?.endpoint).toEqual(endpointFacts(publication.route.endpoint));
      const key = `${explained.verdict.reason ?? 'allow'}, ${explained.hops.length} hops`;
      met.set(key, (met.get(key) ?? 0) + 1);
    },
  );
  await fc.assert(property, { numRuns: 500 });
  console.log(`explain = edge: 500 visits: ${JSON.stringify(Object.fromEntries(met))}`);
  for (const wanted of [
    /^allow, 1/,
    /^allow, [2-6]/,
    /^ERR_ADIT_3501/,
    /forward-internal\/offline/,
    /^close-/,
    /^chain\//,
  ]) {
    expect([...met.keys()].some((key) => wanted.test(key))).toBe(true);
  }
});

test('as many endpoints may be behind one another as over the edge, and no more', async () => {
  const { world, link, visit } = await startVisits();
  for (const count of [5, 6]) {
    world.current = openExplainWorld();
    const { open, explain } = world.current;
    const urlOf = (i: number) => (i === 0 ? 'https://app.example.test' : `https://n${i}.internal`);
    for (let i = 0; i <= count; i++) {
      const document = i < count ? { on_http_request: [always(forward(urlOf(i + 1)))] } : {};
      await open(urlOf(i), { document, link });
    }
    const explained = await explain(urlOf(0), { clientIp: visitorFacts.clientIp });
    expect(explained.verdict.outcome).toBe(count === 5 ? 'allow' : 'deny');
    expect(await visit('GET', '/', [])).toEqual(expected(explained));
  }
});

test.each<[string, PolicyDocument, PolicyDocument, string]>([
  [
    'an address that no request may have',
    { on_http_request: [always({ type: 'url-rewrite', config: { from: '/b', to: '/\u00e9' } })] },
    {},
    'ERR_ADIT_9004',
  ],
  [
    'an endpoint that asks something else of TLS',
    { on_http_request: [always(forward('https://n1.internal'))] },
    { on_tcp_connect: [always({ type: 'terminate-tls', config: { min_version: '1.3' } })] },
    'ERR_ADIT_9003',
  ],
])('rules that send visitors to %s', async (_title, document, inner, code) => {
  const { world, link, visit } = await startVisits();
  const { open, explain } = world.current;
  await open('https://app.example.test', { document, link });
  await open('https://n1.internal', { document: inner, link });
  const asked = { method: 'GET', path: '/b', headers: [], body: null };
  const explained = await explain('https://app.example.test', { request: asked, clientIp: visitorFacts.clientIp });
  expect(explained.verdict.errorCode).toBe(code);
  expect(await visit('GET', '/b', [])).toEqual(expected(explained));
});
