import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { newDataDir, type Ready } from './support/server.ts';

it('npx adit runs the command in a clone, and a SIGTERM for npx ends the server', async () => {
  const args = [
    'adit',
    'server',
    '--data-dir',
    await newDataDir(),
    '--https-port',
    '0',
    '--http-port',
    '0',
    '--ready-json',
  ];
  const npx = spawn('npx', args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  onTestFinished(() => {
    try {
      process.kill(-(npx.pid ?? 0), 'SIGKILL');
    } catch {
      // All of its group have ended: what the test is about.
    }
  });
  const lines = createInterface({ input: npx.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  const ready = JSON.parse(line) as Ready;
  const closed = once(npx.stdout, 'close'); // The server holds the pipe for as long as it lives.
  npx.kill('SIGTERM');
  await closed;
  await expect(fetch(`${ready.operator}/healthz`)).rejects.toThrow();
});
