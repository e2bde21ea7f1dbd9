import { describe, expect, test } from 'vitest';
import { ExpressionProblem } from './expression-problem.ts';
import { Expressions } from './expressions.ts';
import { addressBook } from './sample-addresses.testkit.ts';
import { sampleScope } from './sample-scope.testkit.ts';
import { writeValue } from './write-value.ts';

const phase = 'on_tcp_connect';
const results = new Map();

function problemWith(addresses: ReturnType<typeof addressBook>, text: string): string {
  try {
    new Expressions({ results, addresses }).expression(text, phase);
  } catch (error) {
    if (error instanceof ExpressionProblem) return error.message;
    throw error;
  }
  return 'none';
}

describe('what the databases do not say of any address', () => {
  const countries = addressBook({ '203.0.113.7': { countryCode: 'DE' } });
  const networks = addressBook({ '203.0.113.7': { asNumber: 64_500 } });
  const nothing = addressBook({});

  test.each([
    ['conn.geo.country_code', countries, null],
    ['conn.client_ip.geo.location.country_code', countries, null],
    ['conn["client_ip"]["geo"]["location"]["country_code"]', countries, null],
    ['conn.client_ip.as.number', networks, null],
    ['conn.geo.city', countries, 'conn.geo.city'],
    ['has(conn.geo.city)', countries, 'conn.geo.city'],
    ['conn.?geo.?city', countries, 'conn.?geo.city'],
    ['conn.geo', networks, 'conn.geo'],
    ['conn.client_ip.geo', networks, 'conn.client_ip.geo'],
    ['conn.client_ip["geo"]', networks, 'conn.client_ip.geo'],
    ['conn.client_ip.geo.registered_location', countries, 'conn.client_ip.geo.registered_location'],
    ['conn.client_ip.as', countries, 'conn.client_ip.as'],
    ['conn.server_ip.as.number', countries, 'conn.server_ip.as'],
    ['conn.geo.country_code', nothing, 'conn.geo'],
  ])('%s', (text, addresses, name) => {
    const problem = `this server cannot know "${name}": its operator gave no database that says it, by geo-database`;
    expect(problemWith(addresses, text)).toBe(name === null ? 'none' : problem);
  });

  test.each([nothing, networks, countries])('and what is asked unseen, when it runs, is a failure', (addresses) => {
    const asked = new Expressions({ results, addresses }).expression('[conn][0].geo.city', phase);
    expect(() => asked.evaluate(sampleScope())).toThrow('a field or key is not there');
  });
});

test('of an address that they do not know texts are empty, numbers 0, and nothing is true', () => {
  const facts = { city: 'Berlin', countryCode: 'DE', isInEu: true, asNumber: 64_500 };
  const expressions = new Expressions({ results, addresses: addressBook({ '198.51.100.1': facts }) });
  const text = '[conn.geo.city, conn.geo.country_code, conn.client_ip.as.number, conn.client_ip.geo.location.is_eu]';
  expect(expressions.expression(text, phase).evaluate(sampleScope())).toEqual(['', '', 0n, false]);
});

test('an address is looked up when it is asked for, once in a decision', () => {
  const addresses = addressBook({ '203.0.113.7': { countryCode: 'DE', asNumber: 64_500 } });
  const expressions = new Expressions({ results, addresses });
  const evaluate = (text: string, scope = sampleScope()) => expressions.expression(text, phase).evaluate(scope);
  evaluate('conn.client_ip == "192.0.2.9" || conn.tls.sni == ""');
  expect(addresses.asked).toEqual([]);
  const scope = sampleScope();
  evaluate('[1, 2, 3].all(x, conn.geo.country_code == "DE" && conn.client_ip.as.number > 0)', scope);
  evaluate('conn.client_ip.geo.location.country_code', scope);
  expect(addresses.asked).toEqual(['203.0.113.7']);
});

test('a connection is written with the text of its addresses', () => {
  const addresses = addressBook({ '203.0.113.7': { countryCode: 'DE' } });
  const value = new Expressions({ results, addresses }).expression('conn', phase).evaluate(sampleScope());
  expect(JSON.parse(writeValue(value))).toMatchObject({ client_ip: '203.0.113.7', geo: { country_code: 'DE' } });
  const without = new Expressions({ results }).expression('conn', phase).evaluate(sampleScope());
  expect(JSON.parse(writeValue(without))).not.toHaveProperty('geo');
});
