// The page of the API as people open it: from a running server, in a browser.
import { expect, it } from 'vitest';
import { expectAccessible, expectFocusVisible, findings } from './support/accessibility.ts';
import { browserTimeoutMs, launchBrowser } from './support/browser.ts';
import { requires } from './support/requires.ts';
import { startServer } from './support/server.ts';

it.for([
  [1200, 800, 'light'],
  [1200, 800, 'dark'],
  [360, 740, 'light'],
  // A window of 1280 by 1024 at 400 % (WCAG 2.2, 1.4.10).
  [320, 256, 'light'],
] as const)(
  '/docs keeps nobody out, loads nothing from elsewhere, and leads to its operations, %i by %i pixels, %s',
  { timeout: browserTimeoutMs },
  async ([width, height, colorScheme], context) => {
    requires(context, ['chromium']);
    const { ready } = await startServer();
    const browser = await launchBrowser();
    // The development CA is not in the browser's store; that it can be is tested elsewhere.
    const opened = await browser.newContext({ viewport: { width, height }, colorScheme, ignoreHTTPSErrors: true });
    const page = await opened.newPage();
    const [complaints, requested]: [string[], string[]] = [[], []];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('request', (request) => requested.push(request.url()));
    await page.goto(`${ready.api}/docs`);
    // The style of the page is the one that its policy allows, or everything would be white.
    expect(new Set(await expectAccessible(page, width)).size).toBeGreaterThan(1);
    expect(await findings(page)).toEqual([]);
    await page.getByRole('navigation').getByRole('link', { name: 'Vaults' }).click();
    await page.waitForURL(`${ready.api}/docs#vaults`);
    await page.getByRole('link', { name: 'Make a vault' }).waitFor();
    expect(requested).toEqual([`${ready.api}/docs`]);
    expect(complaints).toEqual([]);
    if (width === 360) await expectFocusVisible(page);
  },
);
