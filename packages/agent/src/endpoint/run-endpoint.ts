import type { Clock } from '@adit/sdk';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { namedConfigFiles } from '../config/config-files.ts';
import { loadConfig } from '../config/load-config.ts';
import type { AgentPlan } from '../run/agent-plan.ts';
import { resolveSettings } from '../run/agent-settings.ts';
import { runAgent } from '../run/run-agent.ts';
import type { EndpointCommandName } from './endpoint-command-name.ts';
import { defineEndpoint } from './endpoint-definition.ts';
import { endpointFromFlags } from './endpoint-from-flags.ts';
import { oldOptionWarnings, refuseOptions } from './refuse-options.ts';

/**
 * Puts the endpoint of a command line online and carries its visitors to the upstream, until the user or an operator
 * stops it. Answers the exit code.
 *
 * @throws {AditError} 9500: an option that is refused, or contradicts another. 9304, 326, 332, 9201: a value. 9200, 9201,
 *   9202: a file. 9300: no token. 9307: no server address. Later: as `runAgent`.
 */
export async function runEndpoint(
  name: EndpointCommandName,
  { parsed, io, clock }: { parsed: ParsedCommand; io: CommandIo; clock?: Clock },
): Promise<number> {
  refuseOptions(name, parsed.options);
  return await runAgent({ readPlan: () => readPlan(name, { parsed, io }), clock }, io);
}

async function readPlan(
  name: EndpointCommandName,
  { parsed, io: { env } }: { parsed: ParsedCommand; io: CommandIo },
): Promise<AgentPlan> {
  const { options } = parsed;
  const definition = await defineEndpoint(endpointFromFlags(name, parsed));
  const config = await loadConfig(env, namedConfigFiles(options, env));
  const settings = resolveSettings(parsed, env, config);
  const warnings = [...settings.warnings, ...oldOptionWarnings(options)];
  return { settings: { ...settings, warnings }, definitions: [definition] };
}
