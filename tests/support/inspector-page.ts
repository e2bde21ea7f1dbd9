// The page of the local inspector in a real browser, with requests of every kind in its list.
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { AditError } from '@adit/contracts';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { showTo, tappedPeers } from '../../packages/agent/src/inspector/http2/http2.testkit.ts';
import { startInspector, type TestInspector } from '../../packages/agent/src/inspector/inspector.testkit.ts';
import { launchBrowser } from './browser.ts';

export interface OpenedPage {
  readonly test: TestInspector;
  readonly page: Page;
  /** What the browser complains about. */
  readonly complaints: string[];
  readonly requested: string[];
}

/** What would run if anything of a request did. */
export const script = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
const json = gzipSync('{"id":12345678901234567890,"tags":["a","b"]}').toString('latin1');

/** The inspector's page, with the four requests of `fill` in its list. */
export async function openInspectorPage(options: BrowserContextOptions = {}): Promise<OpenedPage> {
  const test = await startInspector();
  fill(test);
  const opened = await openPageOf(test, options);
  await opened.page.locator('.request').nth(3).waitFor();
  return opened;
}

export async function openPageOf(test: TestInspector, options: BrowserContextOptions = {}): Promise<OpenedPage> {
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  const requested: string[] = [];
  page.on('request', (request) => requested.push(request.url()));
  await page.goto(test.inspector.url ?? '');
  return { test, page, complaints, requested };
}

export function fill({ exchange }: TestInspector): void {
  exchange(
    'POST /api/orders?token=s3cret&page=2 HTTP/1.1\r\nHost: app.example.com\r\nCookie: session=s3cret\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a": 1,}',
    `HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${json.length}\r\n\r\n${json}`,
  );
  exchange(
    `GET /?q=${'long'.repeat(60)} HTTP/1.1\r\nHost: a\r\nX-Html: ${script}\r\n\r\n`,
    `HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: ${script.length}\r\n\r\n${script}`,
  );
  exchange(
    'GET /image.png HTTP/1.1\r\nHost: a\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 6\r\n\r\n\x89PNG\0\xff',
  );
  exchange('GET /old HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n');
}

/** A call that failed, over HTTP/2, of an endpoint of its own. */
export async function fillGrpc({ inspector }: TestInspector): Promise<void> {
  const { visitor, passed, end } = tappedPeers((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '16', 'grpc-message': 'who are you' }));
    stream.resume().end(Buffer.from('0000000001ff', 'hex'));
  });
  const head = { ':method': 'POST', ':path': '/shop.v1.Orders/Get', ':authority': 'grpc.example' };
  const stream = visitor.request({ ...head, te: 'trailers', 'content-type': 'application/grpc' });
  stream.end(Buffer.from('0000000001ff', 'hex'));
  const closed = once(stream, 'close');
  await buffer(stream);
  await closed;
  await end();
  const open = () => Promise.reject(new AditError(8012, 'Cannot reach "http://localhost:50051": refused'));
  const { tap } = await inspector.watch({ name: 'grpc', isInspected: true, speaks: 'http2', open });
  const connection = tap({ forwardId: 'g', clientAddress: '192.0.2.1:1234' });
  showTo(connection, passed);
  connection?.closed(null);
}
