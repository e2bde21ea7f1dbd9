import type { TlsDemands } from '@adit/policy-kit';
import { expect, test } from 'vitest';
import { hasSameDemands } from './tls-demands.ts';

const clients = { authorities: 'CA', revocationLists: null, strategy: 'require-and-verify' } as const;
const demands: TlsDemands = {
  ...{ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' },
  certificate: { cert: 'C', key: 'K' },
  clients,
};

test('hasSameDemands() goes by value', () => {
  expect(hasSameDemands(demands, structuredClone(demands))).toBe(true);
  expect(hasSameDemands(null, null)).toBe(true);
});

test.each<[string, TlsDemands | null]>([
  ['nothing', null],
  ['another minimum', { ...demands, minVersion: 'TLSv1.3' }],
  ['another maximum', { ...demands, maxVersion: 'TLSv1.2' }],
  ['no certificate of its own', { ...demands, certificate: null }],
  ['another certificate', { ...demands, certificate: { cert: 'D', key: 'K' } }],
  ['another key', { ...demands, certificate: { cert: 'C', key: 'L' } }],
  ['no client certificates', { ...demands, clients: null }],
  ['another CA', { ...demands, clients: { ...clients, authorities: 'CB' } }],
  ['a revocation list', { ...demands, clients: { ...clients, revocationLists: 'L' } }],
  ['another strategy', { ...demands, clients: { ...clients, strategy: 'request' } }],
])('hasSameDemands() tells from: %s', (_title, other) => {
  expect(hasSameDemands(demands, other)).toBe(false);
  expect(hasSameDemands(other, demands)).toBe(false);
});
