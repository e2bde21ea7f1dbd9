import type { HeaderLines } from '../exchange.ts';
import { isSameAuthority, parseAuthority } from './authority.ts';

/** Where a service that was told another Host believes to be, and where its visitors are. */
export interface HostRewrite {
  /** `Endpoint.hostHeader`. */
  readonly hostHeader: string;
  /** `scheme://authority` as the visitor wrote it. */
  readonly publicOrigin: string;
}

const usualPorts: Readonly<Record<string, number>> = { http: 80, https: 443 };
const absoluteHttp = /^(https?):\/\/([^/?#]*)/i;

/**
 * An answer's lines with the references that its service makes to itself turned back to the public origin: an absolute
 * `Location` or `Content-Location` whose authority is the Host line that the service was given. All else is as it came.
 */
export function turnBackOwnReferences(lines: HeaderLines, rewrite: HostRewrite): string[] {
  return lines.map((value, i) => {
    const name = i % 2 === 0 ? '' : (lines[i - 1] ?? '').toLowerCase();
    return name === 'location' || name === 'content-location' ? turnBack(value, rewrite) : value;
  });
}

function turnBack(reference: string, { hostHeader, publicOrigin }: HostRewrite): string {
  const [origin, scheme = '', text = ''] = absoluteHttp.exec(reference) ?? [];
  if (origin === undefined || !isOwnHost(text, { scheme, hostHeader })) return reference;
  return publicOrigin + reference.slice(origin.length);
}

/** The port that a scheme has anyway may be left out on either side (RFC 9110 §4.2.3). */
function isOwnHost(text: string, { scheme, hostHeader }: { scheme: string; hostHeader: string }): boolean {
  const [theirs, own] = [parseAuthority(text), parseAuthority(hostHeader)];
  if (theirs === null || own === null) return false;
  const usual = usualPorts[scheme.toLowerCase()] ?? null;
  return isSameAuthority({ ...theirs, port: theirs.port ?? usual }, { ...own, port: own.port ?? usual });
}
