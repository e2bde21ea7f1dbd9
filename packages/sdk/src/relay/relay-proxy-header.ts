import type { Duplex } from 'node:stream';
import { AditError } from '@adit/contracts';
import { readProxyProtocol } from '@adit/wire';

/**
 * Takes the PROXY header off the start of a stream. What comes behind it can be read from the stream as before.
 *
 * @throws {AditError} 9400: there is none. 9005: the stream ended in it.
 */
export function takeProxyHeader(stream: Duplex, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let held = Buffer.alloc(0);
    const settle = (then: () => void) => {
      stream.off('readable', look).off('close', gone).off('end', gone);
      then();
    };
    const gone = () => settle(() => reject(new AditError(9005)));
    const look = () => {
      for (let piece = readFrom(stream); piece !== null; piece = readFrom(stream)) {
        held = Buffer.concat([held, piece]);
        const progress = readProxyProtocol(held, maxBytes);
        if (progress.status === 'incomplete') continue;
        if (progress.status === 'invalid') return settle(() => reject(missing()));
        const { bytesUsed } = progress;
        if (held.length > bytesUsed) stream.unshift(held.subarray(bytesUsed));
        return settle(() => resolve(held.subarray(0, bytesUsed)));
      }
    };
    stream.on('readable', look).once('close', gone).once('end', gone);
    look();
  });
}

function readFrom(stream: Duplex): Buffer | null {
  return stream.read() as Buffer | null;
}

function missing(): AditError {
  return new AditError(9400, 'Cannot carry the connection: the server put no PROXY header before it');
}
