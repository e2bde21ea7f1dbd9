import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { VisitorJob, VisitorResult } from '../job.ts';
import { findProgram, start, startScript } from '../processes/child.ts';
import { h2loadArguments, readH2load } from './h2load.ts';
import type { Marks } from './marks.ts';
import { visitWithCurl } from './visit-with-curl.ts';

const h2load = findProgram('h2load');
const curl = findProgram('curl');

/** Runs a visitor, with h2load or curl where they can do the work: they cost less of the processor than ours. */
export async function visit(job: VisitorJob, marks: Marks, workDir: string): Promise<VisitorResult> {
  if (curl !== undefined && job.work.pace.kind === 'once') return visitWithCurl(curl, { job, marks, workDir });
  const logFile = `${workDir}/h2load.log`;
  const args = h2load === undefined ? undefined : h2loadArguments(job, logFile);
  if (h2load === undefined || args === undefined) {
    const lines = await run(startScript(new URL('../visitor/main.ts', import.meta.url), [JSON.stringify(job)]), marks);
    return JSON.parse(lines.at(-1) ?? '') as VisitorResult;
  }
  rmSync(logFile, { force: true }); // h2load appends.
  return readH2load((await run(start(h2load, args), marks)).join('\n'), logFile, job.work);
}

/** @returns the lines the visitor printed */
async function run(child: ChildProcess, marks: Marks): Promise<string[]> {
  const lines: string[] = [];
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    if (line === 'started' || line.startsWith('Main benchmark duration is started')) marks.onStarted();
    if (line === 'ended' || line.startsWith('Main benchmark duration is over')) marks.onEnded();
    lines.push(line);
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`the visitor ended with ${code}`);
  return lines;
}
