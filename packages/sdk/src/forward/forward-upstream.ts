// What is read of the options in the same way for a forward with an address and for one with labels.
import { statSync } from 'node:fs';
import { AditError } from '@adit/contracts';
import { type NetworkProtocol, parseUpstream, type Upstream, type UpstreamProtocol } from '../upstream/upstream.ts';
import { usesTls } from '../upstream/upstream-dial.ts';
import { upstreamContext } from '../upstream/upstream-trust.ts';
import type { ForwardOptions } from './forward-options.ts';

/** @throws {AditError} 9304: as `parseUpstream`; there is no such folder. 9201: its CAs are none. */
export function readUpstream({ upstream: given, ...options }: ForwardOptions, scheme: NetworkProtocol): Upstream {
  const upstream = typeof given === 'string' ? parseUpstream(given, { ...options, scheme }) : given;
  if (upstream.kind === 'network' && upstream.caPem !== undefined) upstreamContext(upstream);
  if (upstream.kind === 'folder' && !statSync(upstream.path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new AditError(9304, `Cannot serve "${upstream.path}": there is no such folder`);
  }
  return upstream;
}

/** What is sent to it. */
export function protocolOf(upstream: Upstream): UpstreamProtocol {
  return upstream.kind === 'network' ? upstream.speaks : 'http1';
}

/** The visitor's own TLS passes on to the upstream: TLS of ours around it nobody would understand. */
export function withoutTls(upstream: Upstream): Upstream {
  if (upstream.kind !== 'network' || !usesTls(upstream)) return upstream;
  return { ...upstream, protocol: 'tcp' };
}

export function unfit(option: string, why: string): AditError {
  return new AditError(9201, `Cannot use ${option} here: ${why}`);
}
