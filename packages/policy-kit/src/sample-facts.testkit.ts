import type { ConnectFacts, RequestFacts } from './facts.ts';

/** A visitor as most are; documentation addresses (RFC 5737). */
export function sampleConnectFacts(changes: Partial<ConnectFacts> = {}): ConnectFacts {
  return Object.freeze({
    clientIp: '203.0.113.7',
    clientPort: 50_000,
    serverIp: '192.0.2.1',
    serverPort: 443,
    serverName: 'app.example.com',
    ...changes,
  });
}

export function sampleRequestFacts(changes: Partial<RequestFacts> = {}): RequestFacts {
  const plain = { method: 'GET', target: '/', host: 'app.example.com', headers: new Map() };
  return Object.freeze({ connection: sampleConnectFacts(), ...plain, ...changes });
}

/** Facts and whether a policy looked at any of them. */
export interface WatchedFacts<Facts> {
  readonly facts: Facts;
  wasRead(): boolean;
}

/** Facts of which nothing can be known: `answer` decides what a look at any of them gives (or throws). */
export function unknownFacts<Facts extends object>(answer: () => unknown): WatchedFacts<Facts> {
  let wasRead = false;
  const look = () => {
    wasRead = true;
    return answer();
  };
  // The target is never seen: every trap answers by itself.
  const facts = new Proxy({} as Facts, { get: look, has: () => Boolean(look()), ownKeys: () => (look(), []) });
  return { facts, wasRead: () => wasRead };
}
