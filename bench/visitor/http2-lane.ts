import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import type { Size, Target } from '../job.ts';
import { dial } from './dial.ts';
import type { Lane } from './lane.ts';

const piece = Buffer.alloc(64 * 1024, 'u');
/** As generous as other load generators are, so that what is measured is the setup's flow control. */
const windowBytes = 1 << 30;

/** One HTTP/2 connection with so many lanes on it. */
export async function openHttp2Lanes(target: Target, streams: number): Promise<Lane[]> {
  const socket = await dial(target, { protocol: 'h2' });
  const session = connect(`https://${target.hostHeader}`, {
    createConnection: () => socket,
    settings: { initialWindowSize: windowBytes, enablePush: false },
  });
  session.once('connect', () => session.setLocalWindowSize(windowBytes));
  const lane: Lane = { exchange: (size) => exchange(session, target, size), close: () => session.destroy() };
  return Array.from({ length: streams }, () => lane);
}

function exchange(session: ClientHttp2Session, target: Target, { uploadBytes, answerBytes }: Size): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const stream = session.request({
    ':method': uploadBytes ? 'POST' : 'GET',
    ':path': `/${answerBytes}`,
    ':authority': target.hostHeader,
    ...(uploadBytes ? { 'content-length': String(uploadBytes) } : {}),
  });
  let received = 0;
  stream.on('response', ({ ':status': status }) => {
    if (status !== 200) reject(new Error(`Unexpected answer: ${status}`));
  });
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  stream.on('end', () => resolve(uploadBytes + received)).on('error', reject);
  if (uploadBytes > 0) upload(stream, uploadBytes);
  return promise;
}

function upload(stream: ClientHttp2Stream, bytes: number): void {
  let left = bytes;
  const fill = (): void => {
    while (left > piece.length) {
      left -= piece.length;
      if (!stream.write(piece)) return void stream.once('drain', fill);
    }
    stream.end(piece.subarray(0, left));
  };
  fill();
}
