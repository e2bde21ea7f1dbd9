import { type Browser, chromium } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** A browser for this test; the test's end closes it. */
export async function launchBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });
  onTestFinished(() => browser.close());
  return browser;
}
