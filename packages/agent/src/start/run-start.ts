import { AditError, nearestKey } from '@adit/contracts';
import type { CommandIo, ParsedCommand } from '../command.ts';
import type { EndpointKeys } from '../config/agent-config.ts';
import { namedConfigFiles } from '../config/config-files.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { defineEndpoint } from '../endpoint/endpoint-definition.ts';
import { oldOptionWarnings, refuseOptions } from '../endpoint/refuse-options.ts';
import { toggled } from '../option-values.ts';
import type { AgentPlan } from '../run/agent-plan.ts';
import { resolveSettings } from '../run/agent-settings.ts';
import { runAgent } from '../run/run-agent.ts';

/** `adit start NAME…|--all|--none`. Answers the exit code. */
export async function runStart(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  refuseOptions('start', parsed.options);
  return await runAgent({ readPlan: () => readPlan(parsed, io) }, io);
}

async function readPlan(parsed: ParsedCommand, { env }: CommandIo): Promise<AgentPlan> {
  const { options } = parsed;
  const config = await loadConfig(env, namedConfigFiles(options, env));
  const definitions = await Promise.all(chooseEndpoints(parsed, config).map(defineEndpoint));
  const settings = resolveSettings(parsed, env, config);
  return { settings: { ...settings, warnings: [...settings.warnings, ...oldOptionWarnings(options)] }, definitions };
}

/** @throws {AditError} 9500: neither names nor one of the switches, or both; a name that there is not. */
export function chooseEndpoints(
  { arguments: names, options }: ParsedCommand,
  config: LoadedConfig,
): readonly EndpointKeys[] {
  const [isAll, isNone] = [toggled(options, 'all') === true, toggled(options, 'none') === true];
  if ([isAll, isNone, names.length > 0].filter(Boolean).length !== 1) {
    throw new AditError(9500, 'Cannot run "adit start": give either names of endpoints, or --all, or --none');
  }
  if (isNone) return [];
  if (isAll && config.endpoints.length === 0) {
    throw new AditError(9500, `Cannot start all endpoints: there are none in "${config.file}"`);
  }
  return isAll ? config.endpoints : [...new Set(names)].map((name) => findEndpoint(name, config));
}

function findEndpoint(name: string, { endpoints, file }: LoadedConfig): EndpointKeys {
  const found = endpoints.find((endpoint) => endpoint.name === name);
  if (found) return found;
  const known = endpoints.map((endpoint) => endpoint.name);
  const nearest = nearestKey(name, known);
  const hint = nearest ? `; did you mean "${nearest}"?` : `; it has ${known.length > 0 ? known.join(', ') : 'none'}`;
  throw new AditError(9500, `Cannot start "${name}": there is no such endpoint in "${file}"${hint}`);
}
