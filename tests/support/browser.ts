import { type Browser, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** For a test that opens one: it starts a dozen processes, which on a busy machine takes most of a minute. */
export const browserTimeoutMs = 180_000;

/** A browser for this test; the test's end closes it. */
export async function launchBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    timeout: browserTimeoutMs / 2,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });
  onTestFinished(() => browser.close());
  return browser;
}
