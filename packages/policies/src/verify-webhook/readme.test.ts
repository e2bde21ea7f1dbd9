import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { handshakes } from './handshakes.ts';
import { providers } from './providers.ts';
import { providersTable } from './providers-table.testkit.ts';
import { fakeHost } from './verify-webhook.testkit.ts';
import { verifyWebhook } from './verify-webhook.ts';

const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');

test('README.md has the table of providers that the data makes', () => {
  const table = /<!-- providers -->\n(.*)\n<!-- \/providers -->/s.exec(readme)?.[1];
  expect(table).toBe(providersTable());
});

test('README.md has examples that can be prepared', async () => {
  const examples = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => parse(match[1] ?? ''));
  expect(examples).toHaveLength(3);
  for (const { type, config } of examples) {
    expect(type).toBe(verifyWebhook.name);
    await verifyWebhook.prepare(verifyWebhook.schema.parse(config), fakeHost());
  }
});

test('README.md has every reason and every handshake', () => {
  const section = /^## Reasons\n(.*?)^Visitors/ms.exec(readme)?.[1] ?? '';
  const reasons = [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1] ?? '');
  expect(reasons.sort()).toEqual(Object.keys(verifyWebhook.reasons).sort());
  const asked = /^\| provider \| asks.*?\n\n/ms.exec(readme)?.[0] ?? '';
  expect(asked.trim().split('\n').length - 2).toBe(Object.keys(handshakes).length);
});

test('providers: 69, each id and alias once, each handshake somebody’s', () => {
  const ids = providers.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
  expect(providers).toHaveLength(69);
  expect(new Set(ids).size).toBe(ids.length);
  const used = new Set(providers.flatMap(({ handshake }) => handshake ?? []));
  expect([...used].sort()).toEqual(Object.keys(handshakes).sort());
});
