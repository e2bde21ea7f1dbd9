import { HeaderFields, type PolicyEvent, type PolicyRequest, type PolicyResponse } from '@adit/policy-kit';
import type { PolicyScope } from '../policy-scope.ts';

export const sampleNowMs = Date.UTC(2026, 0, 31, 12);

/** A request as `curl` sends it to `https://app.example.com/api/items?q=1&q=2`, with some more header lines. */
export function sampleRequest(changes: Partial<PolicyRequest> = {}): PolicyRequest {
  return {
    method: 'POST',
    version: '1.1',
    scheme: 'https',
    host: 'app.example.com',
    authority: 'App.example.com',
    target: '/api/items?q=1&q=2&name=J%C3%BCrgen+K',
    headers: new HeaderFields([
      ...['Host', 'App.example.com', 'User-Agent', 'curl/8.9.1', 'X-Key', 'a', 'x-key', 'b'],
      ...['Cookie', 'id=1; theme="dark"; id=2', 'Content-Type', 'Application/JSON; charset="utf-8"'],
      ...['Content-Length', '12', 'Content-Encoding', 'gzip, br'],
    ]),
    hasBody: true,
    upgrade: null,
    receivedAtMs: sampleNowMs - 1_500,
    readBody: () => Promise.reject(new Error('nobody reads it here')),
    replaceBody: () => undefined,
    unwrapWebSocket: () => undefined,
    ...changes,
  };
}

export function sampleResponse(changes: Partial<PolicyResponse> = {}): PolicyResponse {
  return {
    status: 302,
    headers: new HeaderFields([
      ...['Location', '/index.html', 'Content-Type', 'text/html'],
      ...['Set-Cookie', 'id=1; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=3600; Priority=High'],
      ...['Set-Cookie', 'id=2; Path=/deep/er; Domain=example.com; Expires=Sat, 31 Jan 2026 13:00:00 GMT'],
    ]),
    hasBody: true,
    addTransform: () => undefined,
    ...changes,
  };
}

function sampleEvent(changes: Partial<PolicyEvent> = {}): PolicyEvent {
  return { data: '{"n": 1}', event: 'tick', id: undefined, retry: undefined, ...changes };
}

/** Everything is there: a request, its answer and a message of it. */
export function sampleScope(changes: Partial<PolicyScope> = {}): PolicyScope {
  return {
    connection: {
      clientIp: '203.0.113.7',
      clientPort: 50_000,
      serverIp: '192.0.2.1',
      serverPort: 443,
      serverName: 'app.example.com',
      clientHello: { ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1' },
      tls: {
        version: 'TLSv1.3',
        cipherSuite: 'TLS_AES_128_GCM_SHA256',
        alpn: 'h2',
        clientCertificate: null,
        isClientVerified: false,
        checkedAgainst: null,
      },
      startedAtMs: sampleNowMs - 60_000,
    },
    endpoint: { id: 'ep_1', url: 'https://app.example.com', scheme: 'https', host: 'app.example.com', port: 443 },
    nowMs: sampleNowMs,
    parsed: undefined,
    isDry: false,
    wouldCall: () => undefined,
    setResult: () => undefined,
    setVariable: () => undefined,
    log: () => undefined,
    state: (_, create) => create(),
    secret: (vault, name) => (vault === 'main' && name === 'key' ? 'top-secret' : undefined),
    request: sampleRequest(),
    response: sampleResponse(),
    event: sampleEvent(),
    results: new Map(),
    variables: new Map(),
    ...changes,
  };
}
