import { PassThrough } from 'node:stream';
import { AditError } from '@adit/contracts';
import { handClock } from '@adit/sdk/testkit/hand-clock';
import { expect, test } from 'vitest';
import type { AgentView } from './agent-view.ts';
import { createView, type LogTarget, type ViewOptions } from './create-view.ts';
import { TestTerminal } from './terminal.testkit.ts';
import { defaultViewLimits as limits } from './view-limits.ts';

const secret = 'tok-from-elsewhere';
const endpoint = { id: 'ep_1', url: 'https://app.localhost', upstreamUrl: 'http://localhost:3000' };

interface Case {
  readonly isTTY: boolean;
  readonly env?: Record<string, string>;
  readonly log?: 'stdout' | 'stderr' | 'file';
  readonly change?: Partial<ViewOptions>;
  act?(view: AgentView): void;
}

/** Runs a view through a short life and answers what is where. */
function live({ isTTY, env = {}, log, change = {}, act }: Case) {
  const output = () => Object.assign(new TestTerminal(), { isTTY });
  const outputs = { stdout: output(), stderr: output(), file: Object.assign(new TestTerminal(), { isTTY: false }) };
  const clock = handClock();
  const target: LogTarget | null = log ? { output: outputs[log], format: 'json' } : null;
  const io = { ...outputs, stdin: new PassThrough(), env };
  const view = createView({ io, clock, log: target, secrets: [secret], onInterrupt: () => {}, ...change });
  view.status({ state: 'online', account: `Acme ${secret}`, serverVersion: '' });
  view.endpoint(endpoint);
  view.warning(`old key ${secret}`);
  act?.(view);
  clock.advance(limits.redrawIntervalMs);
  view.end(new AditError(107, `no ${secret}`));
  view.end(new AditError(107));
  return outputs;
}

const screen = /^Session {6}online/m;
const errorForPeople = 'adit: no [redacted]\nAsk an administrator for a new authtoken. (ERR_ADIT_107)\n';

test.each([
  ['a terminal', { isTTY: true }, { hasScreen: true, logLines: 0 }],
  ['a terminal and a log file', { isTTY: true, log: 'file' }, { hasScreen: true, logLines: 4 }],
  ['a terminal that gets the lines', { isTTY: true, log: 'stdout' }, { hasScreen: false, logLines: 4 }],
  ['a terminal whose stderr gets the lines', { isTTY: true, log: 'stderr' }, { hasScreen: false, logLines: 4 }],
  ['a program', { isTTY: false, log: 'stdout' }, { hasScreen: false, logLines: 4 }],
  ['a terminal without a screen', { isTTY: true, change: { hasScreen: false } }, { hasScreen: false, logLines: 0 }],
] as const)('createView() suits %s', (_what, situation: Case, expected) => {
  const { log } = situation;
  const outputs = live(situation);
  expect(screen.test(outputs.stdout.shown)).toBe(expected.hasScreen);
  expect((log ? outputs[log].text : '').split('\n').filter((line) => line.startsWith('{'))).toHaveLength(
    expected.logLines,
  );
  expect(outputs.stderr.text.endsWith(errorForPeople)).toBe(true);
});

test('createView() gives a terminal that cannot move its cursor plain lines', () => {
  const { stdout } = live({ isTTY: true, env: { TERM: 'dumb' } });
  expect(stdout.text).not.toContain('\u001B');
  expect(stdout.text).toMatch(/ info {2}started tunnel url=https:\/\/app\.localhost addr=http:\/\/localhost:3000\n/);
});

test.each([
  [{}, true],
  [{ NO_COLOR: '1' }, false],
])('createView() with the environment %j draws in colour: %s', (env, hasColour) => {
  expect(live({ isTTY: true, env }).stdout.text.includes('\u001B[32m')).toBe(hasColour);
});

test('createView() tells of a restart that failed where the user looks, or on standard error', () => {
  for (const isTTY of [true, false]) {
    const outputs = live({ isTTY, act: (view) => view.restarted(new AditError(9201, `Cannot use ${secret}`)) });
    const told = 'failed, everything is as before: Cannot use [redacted] (ERR_ADIT_9201)\n';
    expect((isTTY ? outputs.stdout : outputs.stderr).text).toContain(told);
    expect((isTTY ? outputs.stderr : outputs.stdout).text).not.toContain(told);
  }
});

test('createView() tells warnings once: where the user looks, or on standard error', () => {
  expect(live({ isTTY: false, log: 'file' }).stderr.text).toContain('adit: old key [redacted]\n');
  expect(live({ isTTY: false }).stderr.text).toContain('adit: old key [redacted]\n');
  const seen = live({ isTTY: true });
  expect(seen.stdout.text).toContain('adit: old key [redacted]\n');
  expect(seen.stderr.text).toBe(errorForPeople);
});

test('[invariant: no-secret-leaves] createView() shows none of the secrets it was told of, anywhere', () => {
  for (const log of ['stdout', 'stderr', 'file', undefined] as const) {
    for (const isTTY of [true, false]) {
      const outputs = live({ isTTY, ...(log && { log }) });
      for (const { text } of Object.values(outputs)) expect(text).not.toContain(secret);
    }
  }
});
