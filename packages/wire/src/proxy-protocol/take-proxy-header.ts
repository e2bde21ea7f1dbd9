import type { Duplex } from 'node:stream';
import type { ConnectionEnds } from './connection-ends.ts';
import { readProxyProtocol } from './read-proxy-protocol.ts';

export type TakenProxyHeader =
  | { readonly status: 'complete'; readonly header: Buffer; readonly ends: ConnectionEnds | null }
  /** The stream begins with something else, of which some bytes are gone now. */
  | { readonly status: 'invalid' }
  /** The stream ended, or was destroyed, in the header. */
  | { readonly status: 'gone' };

/**
 * Takes the PROXY header off the start of a stream. What came behind it is put back, so that the next reader sees the
 * client's bytes from the first one on. Bounds no time: a caller that waits no longer destroys the stream.
 *
 * @param maxBytes Bound on version 2, as in `readProxyProtocol`.
 */
export function takeProxyHeader(stream: Duplex, maxBytes: number): Promise<TakenProxyHeader> {
  return new Promise((resolve) => {
    let held: Buffer = Buffer.alloc(0);
    const settle = (taken: TakenProxyHeader) => {
      stream.off('readable', look).off('close', gone).off('end', gone);
      resolve(taken);
    };
    const gone = () => settle({ status: 'gone' });
    const look = () => {
      for (let piece = readFrom(stream); piece !== null; piece = readFrom(stream)) {
        held = held.length === 0 ? piece : Buffer.concat([held, piece]);
        const progress = readProxyProtocol(held, maxBytes);
        if (progress.status === 'incomplete') continue;
        if (progress.status === 'invalid') return settle(progress);
        const { ends, bytesUsed } = progress;
        settle({ status: 'complete', header: held.subarray(0, bytesUsed), ends });
        if (held.length > bytesUsed) stream.unshift(held.subarray(bytesUsed));
        return;
      }
    };
    stream.on('readable', look).once('close', gone).once('end', gone);
    look();
  });
}

function readFrom(stream: Duplex): Buffer | null {
  return stream.read() as Buffer | null;
}
