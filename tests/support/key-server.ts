import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Pair } from './own-certificate.ts';

/** Two issuers of tokens behind one address: what tells their keys apart is the path alone. */
export interface KeyServer {
  /** `https://localhost:<port>/<realm>` has the keys of that realm. */
  readonly origin: string;
  /** A token that the realm has signed. */
  tokenOf(realm: string): string;
}

/** @param pair For `localhost`. */
export async function startKeyServer(pair: Pair, realms: readonly string[]): Promise<KeyServer> {
  const keys = new Map(realms.map((realm) => [realm, generateKeyPairSync('ed25519')]));
  const server = createServer({ cert: pair.cert, key: pair.key }, (request, response) => {
    const key = keys.get((request.url ?? '').slice(1));
    // The same id, so that only the signature tells them apart.
    const jwk = { ...key?.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'EdDSA', use: 'sig' };
    response.writeHead(key ? 200 : 404).end(JSON.stringify({ keys: [jwk] }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  return { origin, tokenOf: (realm) => tokenBy(keys.get(realm)?.privateKey, origin) };
}

function tokenBy(key: KeyObject | undefined, issuer: string): string {
  if (!key) throw new TypeError('There is no such realm');
  const exp = Math.floor(Date.now() / 1000) + 600;
  const parts = [
    { alg: 'EdDSA', kid: 'k', typ: 'JWT' },
    { iss: issuer, exp },
  ]
    .map(encoded)
    .join('.');
  return `${parts}.${sign(null, Buffer.from(parts), key).toString('base64url')}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
