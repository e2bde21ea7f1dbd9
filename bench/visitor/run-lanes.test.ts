import { expect, it } from 'vitest';
import type { Pace } from '../job.ts';
import { startsOf } from './pace.ts';
import { runLanes } from './run-lanes.ts';

/** Exchanges that take these milliseconds, the last number again and again, on a clock that moves only by waiting. */
async function run(pace: Pace, durations: readonly number[]) {
  let time = 0;
  const clock = {
    now: () => time,
    async until(moment: number) {
      time = Math.max(time, moment);
    },
  };
  let exchanges = 0;
  const lane = {
    async exchange() {
      time += durations[Math.min(exchanges++, durations.length - 1)] ?? 0;
      return 5;
    },
    close: () => {},
  };
  return await runLanes([lane], { answerBytes: 5, uploadBytes: 0 }, startsOf(pace, 1, clock), clock);
}

it('a steady pace charges a setup that stalls for what had to wait', async () => {
  const { latencies } = await run({ kind: 'steady', perSecond: 100, seconds: 0.06 }, [30, 1]);
  // Due at 0, 10, 20, 30, 40, 50 ms; the first takes 30 ms.
  expect(latencies).toEqual([30, 21, 12, 3, 1, 1]);
});

it('flat out, exchanges follow each other until the time is over', async () => {
  const { latencies, bytes } = await run({ kind: 'flatOut', seconds: 0.1 }, [30]);
  expect(latencies).toEqual([30, 30, 30, 30]);
  expect(bytes).toBe(20);
});

it('once is one exchange on each lane', async () => {
  expect((await run({ kind: 'once', seconds: 1 }, [5000])).latencies).toEqual([5000]);
});
