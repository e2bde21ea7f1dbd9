import { AditError, nearestKey } from '@adit/contracts';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { type AgentConfig, agentConfigSchema } from './agent-config.ts';

/**
 * Reads the text of a configuration file. Messages name keys and never values: one of them is a secret.
 *
 * @throws {AditError} 9200: unknown key (names the nearest known one). 9201: not YAML, or a bad value.
 */
export function parseConfig(text: string, file: string): AgentConfig {
  const result = agentConfigSchema.safeParse(parseYaml(text, file));
  if (result.success) return result.data.agent;
  const issue = result.error.issues.find(({ code }) => code === 'unrecognized_keys') ?? result.error.issues[0];
  throw issue?.code === 'unrecognized_keys' ? unknownKey(issue, file) : invalidValue(issue, file);
}

function parseYaml(text: string, file: string): unknown {
  // No aliases: the format has no use for them, and a small file can blow up to gigabytes with them.
  const document = parseDocument(text, { prettyErrors: false, schema: 'core' });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw new AditError(9201, `Cannot use the configuration "${file}": line ${line} is not valid YAML`);
  }
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    // The cause could quote a value.
    throw new AditError(9201, `Cannot use the configuration "${file}": aliases are not supported`);
  }
}

function unknownKey({ keys, path }: z.core.$ZodIssueUnrecognizedKeys, file: string): AditError {
  const known = path.length === 0 ? agentConfigSchema.shape : agentConfigSchema.shape.agent.shape;
  const key = keys[0] ?? '';
  const nearest = nearestKey(key, Object.keys(known));
  const hint = nearest ? `; did you mean "${[...path, nearest].join('.')}"?` : '';
  const unknown = [...path, key].join('.');
  return new AditError(9200, `Cannot use the configuration "${file}": there is no key "${unknown}"${hint}`);
}

function invalidValue(issue: z.core.$ZodIssue | undefined, file: string): AditError {
  const key = issue?.path.join('.') || 'the file';
  return new AditError(9201, `Cannot use "${key}" in "${file}": ${reasonOf(issue)}`);
}

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.path.at(0) === 'version') return 'the version must be 3';
  if (issue?.code === 'invalid_type') return `expected ${issue.expected}`;
  return issue?.code === 'too_big' ? 'it is too long' : 'it is empty or not valid';
}
