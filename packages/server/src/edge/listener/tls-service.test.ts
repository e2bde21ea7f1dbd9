import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { agentClassifier, httpClassifier, sharedClassifier } from './tls-service.ts';

const facts = { clientIp: '203.0.113.9', clientPort: 4711, serverIp: '192.0.2.1', serverPort: 443, serverName: null };

/** Who is told of a connection, as `agent <profile>` or `visitor <protocol>`. */
function shared(connectHost: string) {
  const told: string[] = [];
  const classify = sharedClassifier({
    connectHost,
    agents: agentClassifier((_socket, agent) => told.push(`agent ${agent.profile}`)),
    visitors: httpClassifier((_socket, visitor) => told.push(`visitor ${visitor.alpn}`)),
  });
  return { classify, told };
}

test.each<[string, string | null, string[], string, readonly string[]]>([
  ['a browser', 'a.localhost', ['h2', 'http/1.1'], 'visitor http/1.1', ['h2', 'http/1.1']],
  ['a client without SNI and ALPN', null, [], 'visitor http/1.1', ['h2', 'http/1.1']],
  ['an ngrok SDK', 'connect.localhost', [], 'agent ngrok', []],
  ['an agent that offers a protocol nobody has', 'connect.localhost', ['foo'], 'agent ngrok', []],
  ['a browser on the connect host', 'connect.localhost', ['http/1.1'], 'visitor http/1.1', ['h2', 'http/1.1']],
  ['our agent', 'connect.localhost', ['adit/1'], 'agent adit/1', ['adit/1']],
  ['our agent by address', null, ['adit/1'], 'agent adit/1', ['adit/1']],
  ['our agent with http/1.1 for middleboxes', 'a.localhost', ['http/1.1', 'adit/1'], 'agent adit/1', ['adit/1']],
])('sharedClassifier() knows %s', async (_title, serverName, alpnProtocols, expected, offered) => {
  const { classify, told } = shared('connect.localhost');
  const service = await classify({ serverName, alpnProtocols });
  if (service.isPassthrough) return expect.unreachable();
  service.accept({ alpnProtocol: false } as TLSSocket, facts);
  expect(told).toEqual([expected]);
  expect(service.alpnProtocols).toEqual(offered);
});

test('httpClassifier() tells the protocol that was agreed on', () => {
  const told: string[] = [];
  const service = httpClassifier((_socket, visitor) => told.push(visitor.alpn))({
    serverName: null,
    alpnProtocols: [],
  });
  for (const alpnProtocol of ['h2', 'http/1.1', false] as const) service.accept({ alpnProtocol } as TLSSocket, facts);
  expect(told).toEqual(['h2', 'http/1.1', 'http/1.1']);
});

test('a classifier answers with the same service again, so that its TLS server is made once', () => {
  const { classify } = shared('connect.localhost');
  const hello = { serverName: 'a.localhost', alpnProtocols: [] };
  expect(classify(hello)).toBe(classify({ ...hello, serverName: 'b.localhost' }));
});
