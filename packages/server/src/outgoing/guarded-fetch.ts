// The one way in which this server calls addresses that users write: never to where only it can reach.
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { PolicyHost } from '@adit/policy-kit';
import { type GuardOptions, guardedLookup, mayCall, refused } from './guard.ts';
import { httpCall } from './http-call.ts';

/**
 * A `fetch` for addresses that users write (SSRF): the address that is connected to is the one that was judged, so a name
 * cannot stand for another one meanwhile. It follows no redirects, keeps no connection, sends no cookies, and reads 1 MiB.
 *
 * @throws {AditError} 9620: not an address to be called. 9621: no answer, or none that can be read. 3601: too long a one.
 */
export function guardedFetch(options: GuardOptions): PolicyHost['fetch'] {
  return async (input, init = {}) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused('it is no https address');
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) && !mayCall(literal, options)) throw refused('its address is not public');
    const { request: send } = url.protocol === 'https:' ? https : http;
    const lookup = guardedLookup(options);
    return await httpCall(request, (call) => send(url, { ...call, lookup, agent: false }));
  };
}
