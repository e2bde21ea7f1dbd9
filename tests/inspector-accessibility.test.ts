import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startInspector } from '../packages/agent/src/inspector/inspector.testkit.ts';
import { expectAccessible, expectFocusVisible, findings } from './support/accessibility.ts';
import { fill, fillGrpc, type OpenedPage, openInspectorPage, openPageOf } from './support/inspector-page.ts';
import { requires } from './support/requires.ts';

/** Each state of the page, and how to get from the one before to it. */
const states: readonly (readonly [name: string, enter: (opened: OpenedPage) => Promise<unknown>])[] = [
  ['empty', ({ page }) => page.getByText('No requests yet').waitFor()],
  [
    'list',
    async ({ page, test }) => {
      fill(test);
      test.exchange('GET /cut HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
      await fillGrpc(test);
      await page.locator('.request').nth(5).waitFor();
    },
  ],
  [
    'wrong search',
    ({ page }) =>
      page
        .getByLabel('Search')
        .fill('status:99')
        .then(() => alert(page).waitFor()),
  ],
  ['search without result', ({ page }) => search(page, 'path:/none', 'No request matches')],
  ['details', ({ page }) => search(page, '').then(() => choose(page, '/api/orders', 'Not valid JSON'))],
  ['details of gRPC', ({ page }) => choose(page, '/shop.v1', '16 UNAUTHENTICATED')],
  [
    'form',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Edit and replay' }).click();
      await page.getByLabel('Path').waitFor();
    },
  ],
  [
    'error',
    async ({ page }) => {
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByText('Cannot reach "http://localhost:50051"').waitFor();
    },
  ],
];

const alert = (page: Page) => page.getByRole('alert').first();

async function search(page: Page, text: string, expected?: string): Promise<void> {
  await page.getByLabel('Search').fill(text);
  if (expected === undefined) await page.locator('.request').nth(5).waitFor();
  else await page.getByText(expected).waitFor();
}

async function choose(page: Page, request: string, expected: string): Promise<void> {
  const back = page.locator('#back');
  if (await back.isVisible()) await back.click();
  await page.locator('.request', { hasText: request }).click();
  await page.getByText(expected).waitFor();
}

it.for([
  [1200, 800, 'light'],
  [1200, 800, 'dark'],
  [360, 740, 'light'],
  [360, 740, 'dark'],
  // A window of 1280 by 1024 at 400 % (WCAG 2.2, 1.4.10).
  [320, 256, 'light'],
] as const)(
  'nothing on the page keeps anybody out, %i by %i pixels, %s',
  async ([width, height, colorScheme], context) => {
    requires(context, ['chromium']);
    const opened = await openPageOf(await startInspector(), { viewport: { width, height }, colorScheme });
    const grounds = new Set<string>();
    for (const [name, enter] of states) {
      await enter(opened);
      expect(await findings(opened.page), name).toEqual([]);
      await expectFocusVisible(opened.page);
      for (const ground of await expectAccessible(opened.page, width)) grounds.add(ground);
    }
    expect(grounds.size).toBeGreaterThan(2);
    // The wrong search, and the replay that could not be sent.
    expect(opened.complaints.map((line) => /status of (\d+)/.exec(line)?.[1] ?? line)).toEqual(['400', '502']);
  },
);

it('the keyboard is not lost: from the list to details, over a button that changes, and back', async (context) => {
  requires(context, ['chromium']);
  const { page } = await openInspectorPage({ viewport: { width: 360, height: 740 } });
  const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.textContent');
  await page.locator('#list').focus();
  await page.keyboard.press('End');
  await page.getByText('Not valid JSON').waitFor();
  await expect.poll(focused).toBe('details');
  await page.getByRole('button', { name: 'Show secrets' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('session=s3cret').waitFor();
  expect(await focused()).toBe('Hide secrets');
  await page.locator('#back').focus();
  await page.keyboard.press('Enter');
  await expect.poll(focused).toBe('list');
});
