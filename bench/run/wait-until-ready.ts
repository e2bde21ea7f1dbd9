import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../job.ts';
import { dial } from '../visitor/dial.ts';
import { openHttp1Lane } from '../visitor/http1-lane.ts';

/** Waits until a visitor gets an answer from the origin through the setup, 15 s at most. */
export async function waitUntilReady(target: Target): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const lane = await openHttp1Lane(target);
      await lane.exchange({ answerBytes: 1, uploadBytes: 0 }).finally(() => lane.close());
      return;
    } catch (error) {
      if (attempt === 150) throw error;
      await sleep(100);
    }
  }
}

/** Whether visitors may speak HTTP/2 there. */
export async function speaksHttp2(target: Target): Promise<boolean> {
  if (!target.tls) return false;
  return await dial(target, { protocol: 'h2' }).then(
    (socket) => {
      socket.destroy();
      return true;
    },
    () => false,
  );
}
