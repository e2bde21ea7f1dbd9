import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { processorSeconds } from './processor-time.ts';

it.runIf(process.platform === 'linux')('processorSeconds() counts a grandchild with its root', async () => {
  const burn = 'while (process.cpuUsage().user < 300_000); process.stdout.write("done"); setInterval(() => {}, 1000)';
  const child = spawn('sh', ['-c', `"${process.execPath}" -e '${burn}'; true`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  const seconds = processorSeconds([child.pid ?? 0]);
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  expect(seconds).toBeGreaterThan(0.1);
});
