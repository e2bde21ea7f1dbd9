import { AditError } from '@adit/contracts';
import type { MuxStream } from '../mux/mux-stream.ts';
import { messageLimits, type ProxyHeader, proxyHeader } from '../protocol.ts';
import { reader } from './parse-message.ts';
import { readUntil } from './read-until.ts';

const lengthBytes = 8;
const parseProxyHeader = reader(proxyHeader, 9400, 'proxy header');

/** Length and JSON of a proxy header: what `MuxSession.open(streamTypes.proxy, first)` takes as `first`. */
export function encodeProxyHeader(header: ProxyHeader): Uint8Array {
  const json = JSON.stringify(header);
  const length = Buffer.byteLength(json);
  const head = Buffer.allocUnsafe(lengthBytes + length);
  head.writeUInt32LE(length, 0);
  head.writeUInt32LE(0, 4);
  head.write(json, lengthBytes);
  return head;
}

/**
 * Reads the head of a proxy stream and grants its bytes at once, which tells the server that the stream is served.
 * Afterwards the stream holds connection bytes only.
 *
 * @throws {AditError} 9400: the head is malformed. 9005: the stream ended in it. The caller should abort the stream.
 */
export async function readProxyHeader(stream: MuxStream): Promise<ProxyHeader> {
  const length = (await readExactly(stream, lengthBytes)).readBigInt64LE();
  if (length < 2n || length > messageLimits.maxProxyHeaderBytes) {
    throw new AditError(9400, `Cannot read the proxy header: its length is ${length}`);
  }
  const json = await readExactly(stream, Number(length));
  stream.acknowledge();
  return parseProxyHeader(parseJson(json));
}

/** Takes what is there, however little: `read(count)` would have the stream gather it, in one buffer for each frame. */
function readExactly(stream: MuxStream, count: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(count);
  let length = 0;
  return readUntil(stream, () => {
    while (length < count) {
      // At least one: a stream tells its end to whoever asks for more.
      const piece: unknown = stream.read(Math.min(count - length, stream.readableLength || 1));
      if (!(piece instanceof Uint8Array)) return undefined;
      bytes.set(piece, length);
      length += piece.length;
    }
    return bytes;
  });
}

function parseJson(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString('utf8'));
  } catch {
    throw new AditError(9400, 'Cannot read the proxy header: not valid JSON');
  }
}
