import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Size, Target } from '../job.ts';
import { dial } from './dial.ts';
import type { Lane } from './lane.ts';

const piece = Buffer.alloc(64 * 1024, 'u');

/** One kept-alive HTTP/1.1 connection. */
export async function openHttp1Lane(target: Target, localAddress?: string): Promise<Lane> {
  const socket = await dial(target, localAddress === undefined ? {} : { localAddress });
  return { exchange: (size) => exchange(socket, target, size), close: () => socket.destroy() };
}

/** A new connection for each request. */
export function newConnectionLane(target: Target): Lane {
  return {
    async exchange(size) {
      const lane = await openHttp1Lane(target);
      const bytes = await lane.exchange(size);
      lane.close();
      return bytes;
    },
    close: () => {},
  };
}

async function exchange(socket: Socket, target: Target, { uploadBytes, answerBytes }: Size): Promise<number> {
  const answered = readAnswer(socket);
  const length = uploadBytes ? `Content-Length: ${uploadBytes}\r\n` : '';
  socket.write(
    `${uploadBytes ? 'POST' : 'GET'} /${answerBytes} HTTP/1.1\r\nHost: ${target.hostHeader}\r\n${length}\r\n`,
  );
  await Promise.race([upload(socket, uploadBytes), answered]);
  return uploadBytes + (await answered);
}

async function upload(socket: Socket, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= piece.length) {
    if (!socket.write(left >= piece.length ? piece : piece.subarray(0, left))) await once(socket, 'drain');
  }
}

/** A benchmark's parser: good answers only; anything but 200 with a length fails the run. @returns bytes of content. */
function readAnswer(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let head: Buffer | undefined = Buffer.alloc(0);
    let length = 0;
    let left = 0;
    const onData = (chunk: Buffer): void => {
      if (head) {
        head = head.length ? Buffer.concat([head, chunk]) : chunk;
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        const text = head.toString('latin1', 0, end);
        length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
        if (!text.startsWith('HTTP/1.1 200') || Number.isNaN(length))
          return finish(new Error(`Unexpected answer: ${text}`));
        left = length - (head.length - end - 4);
        head = undefined;
      } else {
        left -= chunk.length;
      }
      if (left === 0) finish();
    };
    const onClose = (): void => finish(new Error('The connection closed in the middle of an answer'));
    const finish = (error?: Error): void => {
      socket.off('data', onData).off('close', onClose);
      if (error) reject(error);
      else resolve(length);
    };
    socket.on('data', onData).on('close', onClose);
  });
}
