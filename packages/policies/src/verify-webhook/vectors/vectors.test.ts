import { describe, expect, test } from 'vitest';
import { findProvider, providers } from '../providers.ts';
import { verifyDelivery } from '../verify-delivery.ts';
import { checksOf, deliveryOf, type Vector, vectors } from './vectors.testkit.ts';

const kinds = ['published', 'independent', 'own'] as const;

describe.each(kinds)('verifyDelivery() %s vectors', (kind) => {
  const rows = vectors.filter((vector) => vector.kind === kind).map((vector) => [nameOf(vector), vector] as const);

  test.each(rows)('%s', async (_name, vector) => {
    const provider = findProvider(vector.provider);
    expect(provider).toBeDefined();
    const verdict = await verifyDelivery(provider!, deliveryOf(vector), checksOf(vector));
    expect(verdict).toMatchObject(
      vector.expected ? { verdict: 'refused', reason: vector.expected } : { verdict: 'accepted' },
    );
  });
});

test('vectors: every provider has one that is accepted, and none has another provider', () => {
  const covered = new Set(vectors.filter((vector) => !vector.expected).map((vector) => vector.provider));
  expect([...covered].sort()).toEqual(providers.map(({ id }) => id).sort());
});

test('vectors: how many each provider has of each kind', () => {
  const rows = providers.map(({ id }) => [id, ...kinds.map((kind) => countOf(id, kind))]);
  console.info(['provider', ...kinds].join('\t'), rows.map((row) => `\n${row.join('\t')}`).join(''));
  expect(rows.length).toBe(69);
});

function nameOf({ provider, source, title }: Vector): string {
  return `${provider}, ${source}${title === undefined ? '' : `: ${title}`}`;
}

function countOf(id: string, kind: Vector['kind']): number {
  return vectors.filter((vector) => vector.provider === id && vector.kind === kind).length;
}
