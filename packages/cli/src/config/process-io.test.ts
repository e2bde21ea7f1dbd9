import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { type Host, processIo } from './process-io.ts';

function fakeProcess() {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  return Object.assign(new EventEmitter(), { ...streams, env: {}, exit: vi.fn() });
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
  'processIo() asks to stop at the first %s and leaves at the second',
  (signal) => {
    const host = fakeProcess();
    const { interrupted } = processIo(host as unknown as Host);
    expect(interrupted.aborted).toBe(false);
    host.emit(signal);
    expect(interrupted.aborted).toBe(true);
    expect(host.exit).not.toHaveBeenCalled();
    host.emit(signal);
    expect(host.exit).toHaveBeenCalledExactlyOnceWith(130);
  },
);

it('processIo() asks to stop when the reader of stdout went away', () => {
  const host = fakeProcess();
  const { interrupted } = processIo(host as unknown as Host);
  host.stdout.emit('error', new Error('write EPIPE'));
  expect(interrupted.aborted).toBe(true);
});
