import { once } from 'node:events';
import { createServer } from 'node:net';
import { type RunningAddresses, readRunningServer } from '../../data-dir/running-server.ts';
import { isInUse } from '../../store/sqlite/data-directory.ts';
import type { Check, Finding, Patient } from './finding.ts';

const about = 'server';
const answerTimeoutMs = 5_000;
const lookAtLog = 'Look at its log; when it stays so, restart it.';

/** Whether the server that runs does its work; if none runs, whether one could have its ports. */
export const checkServer: Check = async (patient) => {
  const { dataDir } = patient.settings;
  const place = await readRunningServer(dataDir);
  // Whoever answers has the data directory. A server that was killed has left its place behind, too.
  const said = place && (await askReady(place));
  if (said?.level === 'ok') return [said];
  if (!isInUse(dataDir)) {
    const idle: Finding = { about, level: 'ok', text: 'No server runs on this data directory.' };
    return [idle, ...(await checkPorts(patient))];
  }
  return [
    said ?? { about, level: 'fail', text: 'A server has the data directory and does not listen yet.', todo: lookAtLog },
  ];
};

async function askReady({ operator, operatorAt }: RunningAddresses): Promise<Finding> {
  const host = operatorAt.host.includes(':') ? `[${operatorAt.host}]` : operatorAt.host;
  try {
    const signal = AbortSignal.timeout(answerTimeoutMs);
    const answer = await fetch(`http://${host}:${operatorAt.port}/readyz`, { signal });
    const said = (await answer.text()).trim();
    if (answer.ok) return { about, level: 'ok', text: `The server runs, and is ready (${operator}/readyz).` };
    return { about, level: 'fail', text: `The server runs, and ${operator}/readyz says: ${said}.`, todo: lookAtLog };
  } catch {
    return { about, level: 'fail', text: `The server runs, and ${operator}/readyz does not answer.`, todo: lookAtLog };
  }
}

async function checkPorts({ settings }: Patient): Promise<Finding[]> {
  const ports = [settings.httpsPort, settings.httpPort].filter((port) => port !== 0);
  return await Promise.all(ports.map((port) => checkPort(settings.listen, port)));
}

async function checkPort(host: string, port: number): Promise<Finding> {
  const listener = createServer();
  try {
    await once(listener.listen({ host, port, exclusive: true }), 'listening');
    return { about: 'port', level: 'ok', text: `Port ${port} is free.` };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const [why, todo] =
      code === 'EADDRINUSE'
        ? ['another program has it', 'Stop that program, or give the server another port.']
        : code === 'EACCES'
          ? ['it needs more rights', 'Choose a port above 1023, or grant CAP_NET_BIND_SERVICE.']
          : [String(code), `Check the address ${host}.`];
    return { about: 'port', level: 'fail', text: `Port ${port} cannot be had: ${why}.`, todo };
  } finally {
    listener.close();
  }
}
