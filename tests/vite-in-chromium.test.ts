import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BrowserContext, chromium } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { startAgent } from './support/agent.ts';
import { requires } from './support/requires.ts';
import { firstRunOf, startServer } from './support/server.ts';

const page = `<!doctype html><title>app</title>
<button id="count">0</button><p id="message"></p>
<script type="module" src="/main.js"></script>`;
const main = `import { message } from './message.js'
const button = document.querySelector('#count')
button.onclick = () => { button.textContent = Number(button.textContent) + 1 }
const show = (text) => { document.querySelector('#message').textContent = text }
show(message)
import.meta.hot.accept('./message.js', (fresh) => show(fresh.message))`;

/** Gone when the test is. */
async function newFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  return folder;
}

/** A Vite dev server on a fresh project; answers its port and its folder. */
async function startVite(): Promise<{ port: number; dir: string }> {
  const dir = await newFolder('adit-vite-');
  await writeFile(join(dir, 'index.html'), page);
  await writeFile(join(dir, 'main.js'), main);
  await writeFile(join(dir, 'message.js'), "export const message = 'before'");
  const vite = new URL('../node_modules/vite/bin/vite.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [vite, '--host', '127.0.0.1', '--port', '0', dir], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port) return { port: Number(port), dir };
  }
  throw new Error('Vite ended before it listened');
}

/** Chromium whose own trust store (NSS) holds the CA: no flag that ignores certificates. */
async function startChromium(caFile: string): Promise<BrowserContext> {
  const home = await newFolder('adit-home-');
  const nss = join(home, '.pki', 'nssdb');
  await mkdir(nss, { recursive: true });
  execFileSync('certutil', ['-d', `sql:${nss}`, '-N', '--empty-password']);
  execFileSync('certutil', ['-d', `sql:${nss}`, '-A', '-t', 'C,,', '-n', 'adit', '-i', caFile]);
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  const context = await chromium.launchPersistentContext(join(home, 'profile'), {
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet],
    env: { ...process.env, HOME: home },
  });
  onTestFinished(() => context.close());
  return context;
}

it('a Vite dev server in Chromium: an edit changes the page without a reload and its state is kept', async (context) => {
  requires(context, ['chromium', 'certutil']);
  const server = await startServer();
  const vite = await startVite();
  const agent = await startAgent(server, vite.port, firstRunOf(server));
  const browser = await startChromium(server.ready.caFile);
  const tab = await browser.newPage();

  const answer = await tab.goto(agent.url);
  expect(await answer?.securityDetails()).toMatchObject({ protocol: expect.stringContaining('TLS 1.3') });
  await tab.locator('#message', { hasText: 'before' }).waitFor();
  for (let i = 0; i < 3; i++) await tab.locator('#count').click();
  await tab.evaluate(() => Object.assign(globalThis, { sameDocument: true }));

  // Vite hands out the module before its live-update socket is up; an edit in between would be missed, also without a tunnel.
  await tab.waitForFunction(() =>
    performance.getEntriesByType('resource').some((entry) => entry.name.includes('/@vite/client')),
  );
  await expect
    .poll(
      async () => {
        await writeFile(join(vite.dir, 'message.js'), `export const message = 'after' // ${Math.random()}`);
        return tab.locator('#message').textContent();
      },
      { timeout: 15_000, interval: 500 },
    )
    .toBe('after');
  expect(await tab.locator('#count').textContent()).toBe('3');
  expect(await tab.evaluate(() => 'sameDocument' in globalThis)).toBe(true);
  if (process.env['ADIT_SCREENSHOT']) await tab.screenshot({ path: process.env['ADIT_SCREENSHOT'] });
});
