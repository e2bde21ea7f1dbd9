import type { Command } from '../command.ts';
import { configOption, serverOptions } from '../endpoint/shared-options.ts';
import { runSafely } from '../run-safely.ts';

/** `adit diagnose`. */
export const diagnoseCommand: Command = {
  name: 'diagnose',
  summary: 'Find out why the agent cannot connect',
  arguments: [],
  options: [
    configOption,
    ...serverOptions,
    { name: 'ipv6', short: '6', value: null, description: 'Use IPv6 addresses of the server only' },
    {
      name: 'write-report',
      short: 'w',
      value: '<file>',
      description: 'Write everything that was found as JSON; it holds no secret',
      completes: 'file',
    },
  ],
  notes: 'Exit code: 0 when the agent can connect, 1 when it cannot. A service that is not running is a warning.',
  run: (parsed, io) => runSafely(io, async () => (await import('./run-diagnose.ts')).runDiagnose({ parsed, io })),
};
