import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Size, VisitorJob, VisitorResult } from '../job.ts';
import { start } from '../processes/child.ts';
import { scaled } from '../visitor/warm-up.ts';
import { curlArguments, readTransfer, type Transfer } from './curl.ts';
import type { Marks } from './marks.ts';

/** The part of the transfer that is tried first, and carried again before what is measured. */
const samplePart = 0.1;

interface CurlVisit {
  readonly job: VisitorJob;
  readonly marks: Marks;
  readonly workDir: string;
}

/** One bulk transfer, made smaller when it would take longer than the load's time, on a connection that is warm. */
export async function visitWithCurl(curl: string, { job, marks, workDir }: CurlVisit): Promise<VisitorResult> {
  const sample = scaled(job.work, samplePart);
  const [tried] = await transfer(curl, { job, sizes: [sample], workDir });
  const size = scaled(job.work, Math.min(1, (job.work.pace.seconds / (tried?.seconds ?? 0)) * samplePart));
  const [, measured] = await transfer(curl, { job, sizes: [sample, size], workDir }, marks);
  if (measured === undefined) throw new Error('curl ended before the transfer');
  const milliseconds = measured.seconds * 1000;
  return { ...measured, exchanges: 1, p50Ms: milliseconds, p99Ms: milliseconds };
}

/** Carries the sizes one after the other; the marks are set around the last. */
async function transfer(
  curl: string,
  { job, sizes, workDir }: { job: VisitorJob; sizes: readonly Size[]; workDir: string },
  marks?: Marks,
): Promise<Transfer[]> {
  const isUpload = job.work.uploadBytes > 0;
  const files = isUpload
    ? sizes.map(({ uploadBytes }, index) => sparseFile(`${workDir}/upload-${index}`, uploadBytes))
    : [];
  const child = start(curl, curlArguments(job, sizes, files));
  const ended = once(child, 'exit');
  const transfers: Transfer[] = [];
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    transfers.push(readTransfer(line));
    if (transfers.length === sizes.length - 1) marks?.onStarted();
    if (transfers.length === sizes.length) marks?.onEnded();
  }
  await ended;
  return transfers;
}

/** A file of zeros that takes no room on the disk. @returns its path */
function sparseFile(path: string, bytes: number): string {
  const file = openSync(path, 'w');
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}
