import { once } from 'node:events';
import { connect } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import type { Browser, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { startAgent } from './support/agent.ts';
import { browserTimeoutMs, launchBrowser } from './support/browser.ts';
import { contrast } from './support/contrast.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, startServer, type TestServer } from './support/server.ts';
import { startUpstream } from './support/upstream.ts';
import { visit } from './support/visitor.ts';

const offlineUrl = ({ ready }: TestServer): string => `https://nobody.localhost:${ready.https.port}/a?token=secret`;

it.each([
  ['text/html', 'text/html; charset=utf-8'],
  ['application/json', 'application/problem+json'],
  ['*/*', 'text/plain; charset=utf-8'],
])(
  'a visitor who accepts %s is told in %s what happened, what he can do and what the owner can',
  async (accept, type) => {
    const server = await startServer();
    const offline = await visit(server, offlineUrl(server), { headers: { accept } });
    expect(offline).toMatchObject({ status: 404, headers: { 'content-type': type, 'cache-control': 'no-store' } });
    for (const text of [
      'The endpoint is offline',
      'Check the address, or try again later.',
      'Start its agent',
      String(offline.headers['adit-error-code']),
      String(offline.headers['adit-request-id']),
    ]) {
      expect(offline.body).toContain(text);
    }
    expect(offline.headers['adit-error-code']).toBe('ERR_ADIT_3200');
    expect(offline.body).not.toMatch(/secret|127\.0\.0\.1/);
  },
);

it('only the edge sends an error code: that of an upstream never arrives, in any spelling', async () => {
  const server = await startServer();
  const upstream = await startUpstream((_incoming, response) => {
    response.writeHead(502, { 'adit-error-code': 'ERR_ADIT_1', 'Adit-Request-Id': 'x', ADIT_ERROR_CODE: 'ERR_ADIT_2' });
    response.end('mine');
  });
  const agent = await startAgent(server, upstream.port, firstRunOf(server));
  const answer = await visit(server, agent.url);
  expect(answer).toMatchObject({ status: 502, body: 'mine' });
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('adit'))).toEqual([]);
});

it('a gRPC call to nobody ends with a status of gRPC, in the head alone', async () => {
  const server = await startServer();
  const { hostname, port, host } = new URL(offlineUrl(server));
  const tls = { host: '127.0.0.1', port: Number(port), servername: hostname, ca: server.ca, ALPNProtocols: ['h2'] };
  const session = connect(`https://${host}`, { createConnection: () => connectTls(tls) });
  onTestFinished(() => session.destroy());
  const headers = { ':method': 'POST', ':path': '/a.B/C', 'content-type': 'application/grpc', te: 'trailers' };
  const call = session.request(headers, { endStream: false });
  const [answer, flags] = (await once(call, 'response')) as [Record<string, unknown>, number];
  expect(answer).toMatchObject({
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': '14',
    'grpc-message': expect.stringMatching(/^The endpoint is offline \(ERR_ADIT_3200, request id req_\w+\)$/),
    'adit-error-code': 'ERR_ADIT_3200',
  });
  // END_STREAM stands on the head.
  expect(flags & 1).toBe(1);
});

async function newPage(
  browser: Browser,
  { width, colorScheme }: { width: number; colorScheme: 'light' | 'dark' },
): Promise<Page> {
  // Whether the certificate is trusted is another test's matter.
  const viewport = { width, height: 700 };
  return await (await browser.newContext({ ignoreHTTPSErrors: true, colorScheme, viewport })).newPage();
}

interface Measured {
  readonly texts: { text: string; color: string; background: string; isInMain: boolean; right: number }[];
  readonly lang: string;
  readonly title: string;
  readonly mains: number;
  readonly headings: string[];
  readonly scrollWidth: number;
}

/** Runs in the page; text, because tests have no types of a browser. */
const measure = `(() => {
  const all = [...document.body.querySelectorAll('*')];
  const texts = all.flatMap((element) => {
    const own = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
    const text = own.map(({ data }) => data).join('').trim();
    if (text === '') return [];
    let ground = element;
    while (ground.parentElement && getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)') {
      ground = ground.parentElement;
    }
    const isInMain = element.closest('main') !== null;
    const { right } = element.getBoundingClientRect();
    const { color } = getComputedStyle(element);
    return [{ text, color, background: getComputedStyle(ground).backgroundColor, isInMain, right }];
  });
  return {
    texts,
    lang: document.documentElement.lang,
    title: document.title,
    mains: document.querySelectorAll('main').length,
    headings: all.map(({ tagName }) => tagName).filter((name) => /^H[1-6]$/.test(name)),
    scrollWidth: document.documentElement.scrollWidth,
  };
})()`;

it('the page is accessible in a browser: in light, dark and 320 pixels wide', {
  timeout: browserTimeoutMs,
}, async (context) => {
  requires(context, ['chromium']);
  const server = await startServer();
  const browser = await launchBrowser();
  const grounds = new Set<string>();
  for (const options of [
    { width: 1000, colorScheme: 'light' },
    { width: 1000, colorScheme: 'dark' },
    { width: 320, colorScheme: 'light' },
    { width: 320, colorScheme: 'dark' },
  ] as const) {
    const page = await newPage(browser, options);
    const complaints: string[] = [];
    // The 404 itself is told there; a style or script that the policy stopped would be as well.
    page.on('console', (message) => {
      if (!message.text().includes('404')) complaints.push(message.text());
    });
    await page.goto(offlineUrl(server));
    const found = await page.evaluate<Measured>(measure);
    expect(found).toMatchObject({ lang: 'en', title: 'The endpoint is offline (404)', mains: 1 });
    expect(found.headings).toEqual(['H1', 'H2', 'H2']);
    expect(found.scrollWidth).toBeLessThanOrEqual(options.width);
    expect(found.texts.length).toBeGreaterThan(8);
    for (const { text, color, background, isInMain, right } of found.texts) {
      expect(isInMain, text).toBe(true);
      expect(right, text).toBeLessThanOrEqual(options.width);
      expect(contrast(color, background), `${text}: ${color} on ${background}`).toBeGreaterThanOrEqual(4.5);
      grounds.add(background);
    }
    expect(complaints).toEqual([]);
  }
  // Two schemes are two grounds: the policy let the style through.
  expect(grounds.size).toBe(2);
});
