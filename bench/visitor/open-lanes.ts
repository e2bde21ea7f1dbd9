import type { VisitorJob } from '../job.ts';
import { newConnectionLane, openHttp1Lane } from './http1-lane.ts';
import { openHttp2Lanes } from './http2-lane.ts';
import type { Lane } from './lane.ts';
import { openWebSocketLane } from './websocket-lane.ts';

/** All connections of a job, open and ready. */
export async function openLanes({ target, work }: VisitorJob): Promise<Lane[]> {
  const lanes = await Promise.all(
    Array.from({ length: work.connections }, async () => {
      if (work.protocol === 'h2') return await openHttp2Lanes(target, work.streams);
      if (work.protocol === 'websocket') return await openWebSocketLane(target);
      return work.protocol === 'h1' ? await openHttp1Lane(target) : newConnectionLane(target);
    }),
  );
  return lanes.flat();
}
