import { expect, test } from 'vitest';
import { describeLanguage } from './describe-language.ts';

const { variables, functions } = describeLanguage();

test('describeLanguage() knows variables with their types and phases', () => {
  const byPath = new Map(variables.map((variable) => [variable.path, variable]));
  expect(byPath.get('req.url')).toMatchObject({
    type: 'string',
    phases: ['on_http_request', 'on_http_response', 'on_event_stream_message'],
  });
  expect(byPath.get('req.cookies[…][…].value')).toMatchObject({ type: 'string' });
  expect(byPath.get('conn.tls.client.subject.common_name')).toMatchObject({ type: 'string' });
  expect(byPath.get('req')?.phases).not.toContain('on_tcp_connect');
  expect(byPath.get('conn.client_ip')).toMatchObject({ type: 'string', description: "The visitor's address." });
  expect(byPath.get('conn.client_ip.geo.location.city')).toMatchObject({
    type: 'string',
    description: 'The city. Needs `geo-database`.',
  });
  expect(byPath.get('conn.client_ip.is_tor_node')).toEqual({
    path: 'conn.client_ip.is_tor_node',
    type: '',
    phases: [],
    description: 'This server cannot know it: it has no lists of addresses.',
  });
});

test('describeLanguage() knows functions and macros by signatures that people write', () => {
  const bySignature = new Map(functions.map((row) => [row.signature, row]));
  expect(bySignature.get('hash.sha256(string): string')?.phases).toHaveLength(4);
  expect(bySignature.get('timestamp.getHours(string): int')).toBeDefined();
  expect(bySignature.get('getResHeader(string): list<string>')?.phases).toEqual([
    'on_http_response',
    'on_event_stream_message',
  ]);
  expect(bySignature.get('list.sortBy(x, key): list')).toBeDefined();
  expect([...bySignature.keys()].filter((signature) => /google|our_|pattern/.test(signature))).toEqual([]);
});

test('describeLanguage() says something of each, once', () => {
  const all = [
    ...variables.map(({ path, description }) => [path, description]),
    ...functions.map(({ signature, description }) => [signature, description]),
  ];
  for (const [name, description] of all) expect([name, description?.endsWith('.')]).toEqual([name, true]);
  expect(new Set(all.map(([name]) => name)).size).toBe(all.length);
});
