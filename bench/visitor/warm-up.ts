import type { Size, Work } from '../job.ts';
import type { Lane } from './lane.ts';
import { startsOf } from './pace.ts';
import { runLanes } from './run-lanes.ts';

const warmUpSeconds = 0.5;
/** The part of a single large exchange that is tried first. */
const samplePart = 0.1;

/** Runs the work for a moment, so that connections, windows and compilers are warm. @returns the size to measure with. */
export async function warmUp(lanes: readonly Lane[], work: Work): Promise<Size> {
  if (work.pace.kind !== 'once') {
    await runLanes(lanes, work, startsOf({ ...work.pace, seconds: warmUpSeconds }, lanes.length));
    return work;
  }
  const startedAt = performance.now();
  await runLanes(lanes, scaled(work, samplePart), startsOf(work.pace, lanes.length));
  const seconds = (performance.now() - startedAt) / 1000;
  return scaled(work, Math.min(1, (work.pace.seconds / seconds) * samplePart));
}

/** Part of an exchange. */
export function scaled({ answerBytes, uploadBytes }: Size, part: number): Size {
  return { answerBytes: Math.ceil(answerBytes * part), uploadBytes: Math.ceil(uploadBytes * part) };
}
