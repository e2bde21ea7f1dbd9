import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const watcher = new URL('./end-with-parent.mjs', import.meta.url).href;

it('endWithParent(): a script ends in its own way after the shell around it was killed', async () => {
  const script = `process.on('SIGTERM', () => { console.log('drained'); process.exit() }); setInterval(() => {}, 1000);
    (await import('${watcher}')).endWithParent(); console.error('up')`;
  const shell = spawn('sh', ['-c', '"$0" --input-type=module -e "$1"; true', process.execPath, script]);
  const output = text(shell.stdout); // Open for as long as the script lives, longer than the shell.
  await once(shell.stderr, 'data');
  shell.kill('SIGTERM');
  expect(await output).toBe('drained\n');
});

it('endWithParent() does not keep a finished script alive', async () => {
  const script = `(await import('${watcher}')).endWithParent()`;
  expect(await once(spawn(process.execPath, ['--input-type=module', '-e', script]), 'exit')).toEqual([0, null]);
});
