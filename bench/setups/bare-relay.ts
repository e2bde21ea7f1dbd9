import type { ChildProcess } from 'node:child_process';
import type { SetupKind } from '../job.ts';
import { firstLine, startScript } from '../processes/child.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { startedSetup } from './started.ts';

const script = new URL('../bare-relay/main.ts', import.meta.url);

/** The floor of everything written for Node.js: TLS on both links as Adit has it, and nothing is read on the way. */
export const bareRelay: SetupKind = {
  name: 'bare relay',
  canDelayAgent: false,
  async start({ originPort, workDir }) {
    const certificate = makeCertificate(workDir);
    const agent = startRelay(certificate, { nextPort: originPort });
    const nextPort = await firstLine(agent, Number);
    const edge = startRelay(certificate, { nextPort, nextCa: certificate.ca });
    const port = await firstLine(edge, Number);
    return startedSetup({
      name: 'bare relay',
      configuration: 'two node:tls processes that copy bytes; a connection of its own for each visitor, on both links',
      target: { port, tls: true, serverName: 'localhost', ca: certificate.ca, hostHeader: 'localhost' },
      edge,
      agent,
    });
  },
};

function startRelay({ certFile, keyFile }: Certificate, next: { nextPort: number; nextCa?: string }): ChildProcess {
  return startScript(script, [JSON.stringify({ certFile, keyFile, ...next })]);
}
