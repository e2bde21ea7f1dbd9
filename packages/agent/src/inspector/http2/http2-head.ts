import type { CapturedAnswerHead, CapturedRequestHead } from '../capture/capture.ts';
import { headerPairs } from '../show/header-values.ts';
import { Undecodable } from './undecodable.ts';

const tokenShape = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/;
const nameShape = /^[-!#$%&'*+.^_`|~0-9a-z]+$/;
const valueShape = /^[\t\x20-\x7e\x80-\xff]*$/;
const targetShape = /^[!-"$-~]+$/;

/**
 * A request from its header lines (RFC 9113 §8.3.1). The authority is shown as the Host line that it is in HTTP/1.1, so that
 * searching, editing and exporting a request need not know by which protocol it came.
 *
 * @throws {Undecodable} It is malformed.
 */
export function requestHead(lines: readonly string[]): CapturedRequestHead {
  const { pseudo, headers } = sorted(lines, requestNames);
  const { ':method': method = '', ':authority': authority, ':path': path = '', ':protocol': protocol } = pseudo;
  const target = method === 'CONNECT' && protocol === undefined ? (authority ?? '') : path;
  if (!tokenShape.test(method) || !targetShape.test(target)) throw new Undecodable('its first headers are malformed');
  return {
    ...{ method, target, version: '2', scheme: pseudo[':scheme'], framing: 'none' },
    headers: authority === undefined || hasHost(headers, authority) ? headers : ['host', authority, ...headers],
    upgrade: method === 'CONNECT' ? [protocol ?? 'a tunnel'] : null,
  };
}

/**
 * An answer from its header lines (§8.3.2); also an interim one.
 *
 * @throws {Undecodable} It is malformed.
 */
export function answerHead(lines: readonly string[]): CapturedAnswerHead {
  const { pseudo, headers } = sorted(lines, answerNames);
  const { ':status': status = '' } = pseudo;
  if (!/^[1-5]\d\d$/.test(status)) throw new Undecodable('its first headers are malformed');
  return { status: Number(status), reason: '', version: '2', framing: 'none', headers };
}

/** @throws {Undecodable} They are malformed. */
export function trailerLines(lines: readonly string[]): readonly string[] {
  return sorted(lines, new Set()).headers;
}

const requestNames = new Set([':method', ':scheme', ':authority', ':path', ':protocol']);
const answerNames = new Set([':status']);

/** Each pseudo-header once and before all others; nothing that could not be written as HTTP/1.1 either. */
function sorted(lines: readonly string[], known: ReadonlySet<string>) {
  const pseudo: Record<string, string> = {};
  const headers: string[] = [];
  for (const [name, value] of headerPairs(lines)) {
    if (!valueShape.test(value)) throw new Undecodable('a header has characters that are not allowed');
    if (name.startsWith(':')) {
      if (!known.has(name) || Object.hasOwn(pseudo, name) || headers.length > 0)
        throw new Undecodable('its first headers are malformed');
      pseudo[name] = value;
    } else if (nameShape.test(name)) headers.push(name, value);
    else throw new Undecodable('a header has characters that are not allowed');
  }
  return { pseudo, headers };
}

function hasHost(headers: readonly string[], authority: string): boolean {
  return headerPairs(headers).some(([name, value]) => name === 'host' && value === authority);
}
