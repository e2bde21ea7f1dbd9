import { readFile } from 'node:fs/promises';
import { AditError, nearestKey } from '@adit/contracts';
import { parse } from 'yaml';
import { checkAcme } from './check-acme.ts';
import { type ServerOptions, serverOptionsSchema } from './server-options.ts';
import { systemReason } from './system-reason.ts';

/** Options as they come from a command line or file: names → raw values. */
export type RawOptions = Readonly<Record<string, unknown>>;

/**
 * Options from the command line over those of the YAML file.
 *
 * @throws {AditError} 9200: unknown key (names the nearest known one). 9201: bad value. 9202: file not readable.
 */
export async function loadServerOptions(flags: RawOptions, configFile?: string): Promise<ServerOptions> {
  const fromFile = configFile === undefined ? {} : decodeOptions(await readYaml(configFile), `in "${configFile}"`);
  const fromFlags = decodeOptions(flags, 'on the command line');
  const options = parseOptions({ ...fromFile, ...fromFlags });
  if ((options['tls-cert'] === undefined) !== (options['tls-key'] === undefined)) {
    throw new AditError(9201, 'Cannot use tls-cert or tls-key alone: they are a pair');
  }
  checkAcme(options);
  return options;
}

/** Checks the keys only: values are checked once, after merging. */
function decodeOptions(raw: RawOptions, where: string): RawOptions {
  const known = Object.keys(serverOptionsSchema.shape);
  for (const key of Object.keys(raw)) {
    if (known.includes(key)) continue;
    const nearest = nearestKey(key, known);
    throw new AditError(9200, `Unknown option "${key}" ${where}${nearest ? `: did you mean "${nearest}"?` : ''}`);
  }
  return raw;
}

function parseOptions(raw: RawOptions): ServerOptions {
  const result = serverOptionsSchema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new AditError(9201, `Cannot use option "${issue?.path.join('.')}": ${issue?.message}`);
}

async function readYaml(file: string): Promise<RawOptions> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AditError(9202, `Cannot read the configuration "${file}": ${systemReason(cause)}`, { cause });
  });
  const value: unknown = parseYaml(text, file) ?? {};
  if (typeof value !== 'object' || Array.isArray(value) || value === null) {
    throw new AditError(9201, `Cannot use the configuration "${file}": it must be a list of "option: value" lines`);
  }
  return value as RawOptions;
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new AditError(9201, `Cannot use the configuration "${file}": it is not valid YAML`, { cause });
  }
}
