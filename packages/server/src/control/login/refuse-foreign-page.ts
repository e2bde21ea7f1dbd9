import type { IncomingHttpHeaders } from 'node:http';
import { AditError } from '@adit/contracts';

/**
 * A browser says for which page it calls (Fetch Standard, `Origin` header). Without a key to be asked for, any page could have
 * its visitors guess passwords, each from an address of their own.
 *
 * @param ownUrl Of the API: its pages may.
 * @throws {AditError} 9149: it is a page of another site.
 */
export function refuseForeignPage({ origin }: IncomingHttpHeaders, ownUrl: string): void {
  if (origin === undefined || origin === new URL(ownUrl).origin) return;
  throw new AditError(9149);
}
