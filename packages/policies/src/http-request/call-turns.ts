import type { HeaderFields } from '@adit/policy-kit';

/** RFC 8586: by it proxies notice that a request goes in circles. What visitors write there can only have them refused. */
export const turnsHeader = 'cdn-loop';
const ourId = 'adit';
/** A request that such an action makes may come to another one, and so on. */
const maxTurns = 3;

/** What the next call says of itself; undefined: there must not be one. */
export function nextTurns(headers: HeaderFields): string | undefined {
  const turns = headers
    .values(turnsHeader)
    .flatMap((value) => value.split(','))
    .filter((info) => info.split(';')[0]?.trim().toLowerCase() === ourId).length;
  return turns < maxTurns ? Array.from({ length: turns + 1 }, () => ourId).join(', ') : undefined;
}
