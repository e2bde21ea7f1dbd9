import type { SetupKind } from '../job.ts';
import { findProgram, freePort, startQuiet, waitForPort } from '../processes/child.ts';
import { plainTarget, startedSetup } from './started.ts';

/** The port on which bore's server always listens, on all addresses. */
const controlPort = 7835;

/** bore: TCP forwarded without encryption, one connection for each visitor; visitors speak plain HTTP. */
export const bore: SetupKind = {
  name: 'bore',
  canDelayAgent: false,
  async start({ originPort }) {
    const program = findProgram('bore');
    if (!program) return undefined;
    const edge = startQuiet(program, ['server', '--secret', 'bench']);
    await waitForPort(controlPort);
    const visitorPort = await freePort();
    const address = ['--local-host', '127.0.0.1', '--to', '127.0.0.1', '--port', String(visitorPort)];
    const agentArgs = ['local', String(originPort), ...address, '--secret', 'bench'];
    const agent = startQuiet(program, agentArgs);
    const configuration = `bore server --secret bench\nbore ${agentArgs.join(' ')} (nothing is encrypted)\n`;
    return startedSetup({ name: 'bore', configuration, target: plainTarget(visitorPort), edge, agent });
  },
};
