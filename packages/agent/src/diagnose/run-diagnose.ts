import { type Clock, systemClock } from '@adit/sdk';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { namedConfigFiles } from '../config/config-files.ts';
import { fromEnvironment } from '../config/environment.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { writePrivateFile } from '../config-commands/write-private-file.ts';
import { defineEndpoint } from '../endpoint/endpoint-definition.ts';
import { single, toggled } from '../option-values.ts';
import { resolveServer, type ServerSettings } from '../run/agent-settings.ts';
import { agentVersion } from '../run/agent-version.ts';
import { type Finding, findingLine } from './finding.ts';
import { checkLocalhost, checkUpstream } from './local-checks.ts';
import { checkServer } from './server-checks.ts';
import { checkSession } from './session-check.ts';

export interface DiagnoseRun {
  readonly parsed: ParsedCommand;
  readonly io: CommandIo;
  /** Time, for tests. */
  readonly clock?: Clock;
}

/**
 * `adit diagnose`: one line for each thing that must be right, in the order in which a connection needs them. Answers 0
 * when the agent can connect, 1 when it cannot.
 *
 * @throws {AditError} The configuration, as `loadConfig` and `resolveServer`. 9203: the report cannot be written.
 */
export async function runDiagnose({ parsed, io, clock = systemClock }: DiagnoseRun): Promise<number> {
  const { options } = parsed;
  const config = await loadConfig(io.env, namedConfigFiles(options, io.env));
  const server = resolveServer(parsed, io.env, config);
  const findings: Finding[] = [];
  for await (const finding of allChecks({ config, server, isIpv6Only: toggled(options, 'ipv6') === true, io, clock })) {
    findings.push(finding);
    io.stdout.write(`${findingLine(finding)}\n`);
  }
  const canConnect = findings.every(({ state }) => state !== 'fail');
  io.stdout.write(canConnect ? '\nThe agent can connect.\n' : '\nThe agent cannot connect.\n');
  const file = single(options, 'write-report');
  if (file !== undefined) await writePrivateFile(file, reportText({ server, findings, canConnect }));
  return canConnect ? 0 : 1;
}

interface Checks {
  readonly config: LoadedConfig;
  readonly server: ServerSettings;
  readonly isIpv6Only: boolean;
  readonly io: CommandIo;
  readonly clock: Clock;
}

async function* allChecks({ config, server, isIpv6Only, io, clock }: Checks): AsyncGenerator<Finding> {
  const authtoken = fromEnvironment(io.env, 'ADIT_AUTHTOKEN') ?? config.agent.authtoken;
  yield await checkLocalhost(clock);
  let isReached = true;
  // Behind a proxy the name is the proxy's to resolve, and the way is not ours to take apart.
  if (server.proxyUrl === undefined) {
    for await (const finding of checkServer({ ...server, isIpv6Only, clock })) {
      isReached = finding.state !== 'fail';
      yield finding;
    }
  }
  if (isReached) yield await checkSession(server, { authtoken, clock, signal: io.interrupted });
  for (const keys of config.endpoints) {
    const finding = await checkUpstream(await defineEndpoint(keys), clock);
    if (finding) yield finding;
  }
}

/** For a bug report: no token, no proxy password. */
function reportText({
  server,
  findings,
  canConnect,
}: Pick<Checks, 'server'> & { findings: Finding[]; canConnect: boolean }) {
  const report = {
    agentVersion,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    server: server.serverAddr,
    hasOwnCa: server.caFile !== undefined,
    hasProxy: server.proxyUrl !== undefined,
    canConnect,
    findings,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
