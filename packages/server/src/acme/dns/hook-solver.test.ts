import { readFileSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../clock/system-clock.ts';
import type { LogFields } from '../../domain/log.ts';
import { temporaryDirectory } from '../../files/temporary-directory.testkit.ts';
import type { DnsSolverLimits } from './dns-solver-limits.ts';
import { HookSolver } from './hook-solver.ts';

const record = { name: '_acme-challenge.example.com', value: 'the-value' };

interface Solved {
  readonly solver: HookSolver;
  readonly dir: string;
  readonly logged: LogFields[];
}

/** @param script Of a shell; `$DIR` is a directory of the test. */
async function solverOf(
  script: string,
  { texts = () => ['the-value'], limits = {} }: { texts?: () => string[]; limits?: Partial<DnsSolverLimits> } = {},
): Promise<Solved> {
  const dir = await temporaryDirectory();
  const file = join(dir, 'hook');
  await writeFile(file, `#!/bin/sh\nDIR=${dir}\n${script}\n`, { mode: 0o700 });
  const logged: LogFields[] = [];
  const say = (fields: LogFields): number => logged.push(fields);
  const log = { isLevelEnabled: () => false, debug: say, info: say, warn: say, error: say };
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/home/of-somebody' };
  const resolveTexts = () => Promise.resolve(texts());
  const solver = new HookSolver({ file, env, resolveTexts, clock: systemClock, log, limits: { pollMs: 5, ...limits } });
  return { solver, dir, logged };
}

it('the hook is told what to do, and nothing else', async () => {
  const { solver, dir } = await solverOf('echo "$@" >> $DIR/args; env > $DIR/env; pwd >> $DIR/env; cat >> $DIR/env');
  await solver.present(record);
  await solver.remove(record);
  expect(await readFile(join(dir, 'args'), 'utf8')).toBe(`present ${record.name}\nremove ${record.name}\n`);
  const env = await readFile(join(dir, 'env'), 'utf8');
  expect(env).toContain('ADIT_DNS_NAME=_acme-challenge.example.com\n');
  expect(env).toContain('ADIT_DNS_VALUE=the-value\n');
  expect(env).toContain('HOME=/home/of-somebody\n');
  // Four variables and the folder; the shell adds some of its own.
  expect(
    env
      .replaceAll(/^(PWD|OLDPWD|SHLVL|_)=.*\n/gm, '')
      .trim()
      .split('\n'),
  ).toHaveLength(5);
});

it('it waits until the resolver sees the record', async () => {
  let looks = 0;
  const { solver } = await solverOf('exit 0', { texts: () => (++looks < 3 ? ['another'] : ['another', 'the-value']) });
  await solver.present(record);
  expect(looks).toBe(3);
});

it('it does not wait for ever', async () => {
  const { solver } = await solverOf('exit 0', { texts: () => [], limits: { visibleMs: 50 } });
  await expect(solver.present(record)).rejects.toMatchObject({
    code: 9272,
    message: `Cannot publish the TXT record "${record.name}": after 0.05 s the resolver does not have it yet`,
  });
});

it('a hook that fails is an error, and the end of what it printed is in the log', async () => {
  const { solver, logged } = await solverOf('yes | head -c 20000; echo "no such zone" >&2; exit 3');
  const error: unknown = await solver.present(record).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: 9273 });
  expect(String(error)).toMatch(/Cannot present the TXT record "_acme.* with the hook ".*hook": it ended with code 3$/);
  expect(logged).toHaveLength(1);
  expect(String(logged[0]?.['output'])).toHaveLength(8_192);
  expect(logged[0]?.['output']).toMatch(/\ny\nno such zone\n$/);
  expect(JSON.stringify(logged)).not.toContain('of-somebody');
});

it.each([
  ['is killed', 'kill -9 $$', 'it ended with SIGKILL'],
  ['takes too long', 'sleep 600', 'it did not end within 0.3 s'],
])('a hook that %s', async (_title, script, expected) => {
  const { solver } = await solverOf(script, { limits: { hookMs: 300 } });
  await expect(solver.remove(record)).rejects.toMatchObject({ message: expect.stringContaining(expected) as unknown });
});

it.each([
  ['exit 0', 'done'],
  ['sleep 600', 9273],
])('nothing of a hook is left behind, nor waited for: sleep 600 & %s', async (last, expected) => {
  const { solver, dir } = await solverOf(`sleep 600 & echo $! > $DIR/pid; ${last}`, { limits: { hookMs: 1_000 } });
  const codeOf = (error: unknown) => (error as { code: unknown }).code;
  expect(await solver.remove(record).then(() => 'done', codeOf)).toBe(expected);
  const pid = Number(await readFile(join(dir, 'pid'), 'utf8'));
  await expect.poll(() => isRunning(pid)).toBe(false);
});

it('hooks run one after the other, also after one that failed', async () => {
  const script = 'mkdir $DIR/one || exit 9; sleep 0.05; rmdir $DIR/one; [ $1 = present ]';
  const { solver } = await solverOf(script);
  const results = [solver.remove(record), solver.present(record), solver.present(record)];
  const [first, ...others] = await Promise.allSettled(results);
  expect(first).toMatchObject({ reason: { message: expect.stringContaining('ended with code 1') as unknown } });
  expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
});

it('a file that cannot be run', async () => {
  const { solver, dir } = await solverOf('exit 0');
  await chmod(join(dir, 'hook'), 0o600);
  await expect(solver.present(record)).rejects.toMatchObject({
    message: expect.stringMatching(/it cannot be run \(EACCES\)$/) as unknown,
  });
});

/** One that has ended may wait for its parent to notice (Z). */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
