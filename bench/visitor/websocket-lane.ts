import { once } from 'node:events';
import WebSocket from 'ws';
import type { Target } from '../job.ts';
import { dial } from './dial.ts';
import type { Lane } from './lane.ts';

const message = 'x'.repeat(32);

/** One WebSocket on which a small text message goes out and comes back. */
export async function openWebSocketLane(target: Target): Promise<Lane> {
  const socket = await dial(target);
  const webSocket = new WebSocket(`ws://${target.hostHeader}/`, {
    createConnection: () => socket,
    perMessageDeflate: false,
  });
  await once(webSocket, 'open');
  return {
    async exchange() {
      const echoed = once(webSocket, 'message');
      webSocket.send(message);
      await echoed;
      return 2 * message.length;
    },
    close: () => webSocket.terminate(),
  };
}
