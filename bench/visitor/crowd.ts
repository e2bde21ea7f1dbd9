import type { Target } from '../job.ts';
import { openHttp1Lane } from './http1-lane.ts';
import type { Lane } from './lane.ts';

/** Handshakes under way at once. */
const atOnce = 50;
const perAddress = 200;

/** An address of loopback's own for every 200 visitors, as servers bound what one client may open. */
export function addressOf(visitor: number): string {
  const block = Math.floor(visitor / perAddress);
  return `127.0.${1 + Math.floor(block / 250)}.${1 + (block % 250)}`;
}

/** Does `open` for every number below `count`, several at once. */
export async function openMany<T>(count: number, open: (number: number) => Promise<T>): Promise<T[]> {
  const opened: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) opened.push(await open(next++));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return opened;
}

/** Visitors that made one request each and now keep their connections open. */
export function openIdleVisitors(target: Target, count: number): Promise<Lane[]> {
  return openMany(count, async (visitor) => {
    const lane = await openHttp1Lane(target, addressOf(visitor));
    await lane.exchange({ answerBytes: 100, uploadBytes: 0 });
    return lane;
  });
}
