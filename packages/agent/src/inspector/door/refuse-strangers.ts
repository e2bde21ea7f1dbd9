import type { IncomingHttpHeaders } from 'node:http';
import type { WireCode } from '@adit/contracts';
import type { HostTest } from './allowed-hosts.ts';

export interface Caller {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Refusal {
  readonly status: 403 | 415;
  readonly code: WireCode;
  readonly message: string;
}

/**
 * Why a request is not answered; null if it is. Nobody logs in here, so that any page in the same browser could ask: let in
 * are programs, which send none of these headers, and the inspector's own page. Everybody else may only open the page.
 */
export function refuseStrangers({ method, path, headers }: Caller, isAllowedHost: HostTest): Refusal | null {
  const { host, origin } = headers;
  if (!isAllowedHost(host)) {
    const message = 'Cannot answer to this Host name: it is none of this inspector; see web_allow_hosts';
    return { status: 403, code: 'ERR_ADIT_9100', message };
  }
  const isOwnOrigin = origin === undefined || origin === `http://${host}`;
  const isOpened = method === 'GET' && path === '/' && isNavigation(headers);
  if (!isOwnOrigin || (!isOwnSite(headers) && !isOpened)) {
    return { status: 403, code: 'ERR_ADIT_9100', message: 'Cannot answer a request that another site makes' };
  }
  if (!hasFormBody(headers)) return null;
  return { status: 415, code: 'ERR_ADIT_9201', message: 'Cannot read this body: it must be application/json' };
}

/** `none`: typed, or a bookmark. Programs and old browsers send nothing; of those, `Origin` says who asks for a change. */
function isOwnSite({ 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return site === undefined || site === 'same-origin' || site === 'none';
}

function isNavigation({ 'sec-fetch-mode': mode, 'sec-fetch-dest': destination }: IncomingHttpHeaders): boolean {
  return mode === 'navigate' && destination === 'document';
}

/** What a form or a script of another site could send without being asked for permission first is never JSON by its type. */
function hasFormBody(headers: IncomingHttpHeaders): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  const type = headers['content-type'];
  return (hasBody || type !== undefined) && !/^application\/json\s*(?:;|$)/i.test(type ?? '');
}
