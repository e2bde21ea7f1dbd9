import { expect, test } from 'vitest';
import { randomLabel, randomLabelBits } from './random-label.ts';
import { parseRequestedAddress } from './requested-address.ts';

test('randomLabel() has at least 40 bits of choice', () => {
  expect(randomLabelBits).toBeGreaterThanOrEqual(40);
});

test('randomLabel() is two words and letters, and always a name that may be used', () => {
  const rules = { domain: 'localhost', isOwn: () => false, tcpPorts: null, publicPort: () => 8443 };
  for (let i = 0; i < 500; i++) {
    const label = randomLabel();
    expect(label).toMatch(/^[a-z]+-[a-z]+-[a-z]{6}$/);
    expect(parseRequestedAddress(label, 'https', rules)?.host).toBe(`${label}.localhost`);
  }
});
