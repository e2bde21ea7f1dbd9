import { AditError, nearestKey } from '@adit/contracts';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { agentConfigSchema, type ConfigDocument } from './agent-config.ts';
import { findRefusedKey } from './refused-keys.ts';
import { inVersion3, renamedAgentKeys } from './tunnel-config.ts';

export interface ParsedConfig {
  readonly document: ConfigDocument;
  readonly version: 2 | 3;
  /** True: the file has a key that means nothing here, and that it is harmless to pass over. */
  readonly hasRegion: boolean;
}

/**
 * Reads the text of a configuration file of version 3 or 2. Messages name keys and never values: some are secrets.
 *
 * @throws {AditError} 9200: a key that is unknown (names the nearest known one) or not supported (says why). 9201: not
 *   YAML, or a bad value.
 */
export function parseConfig(text: string, file: string): ParsedConfig {
  const raw = parseYaml(text, file);
  const isVersion2 = isRecord(raw) && String(raw['version']) === '2';
  if (isVersion2 && 'agent' in raw) throw unknownKey({ path: [], keys: ['agent'] }, { file, isVersion2 });
  const document = checkDocument(isVersion2 ? inVersion3(raw) : withAgent(raw), { file, isVersion2 });
  return { document, version: isVersion2 ? 2 : 3, hasRegion: isVersion2 && 'region' in raw };
}

/** `agent:` with every key below it commented out is null in YAML, and means an empty map. */
function withAgent(raw: unknown): unknown {
  return isRecord(raw) && raw['agent'] === null ? { ...raw, agent: {} } : raw;
}

/**
 * Checks what a file holds, in the shape of version 3.
 *
 * @throws {AditError} 9200, 9201: as `parseConfig`.
 */
export function checkDocument(raw: unknown, place: ConfigPlace): ConfigDocument {
  const refused = findRefusedKey(raw);
  if (refused) throw refusedKey(refused, place);
  const result = agentConfigSchema.safeParse(raw);
  if (!result.success) throw schemaError(result.error, place);
  const { version: _, ...document } = result.data;
  return document;
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

/** Where a document comes from, for messages. */
export interface ConfigPlace {
  /** Its name. */
  readonly file: string;
  readonly isVersion2: boolean;
}

function refusedKey({ path, reason }: { path: string; reason: string }, place: ConfigPlace): AditError {
  const key = pathIn(path.split('.'), place);
  return new AditError(9200, `Cannot use "${key}" in "${place.file}": ${reason}`);
}

function schemaError({ issues }: z.ZodError, place: ConfigPlace): AditError {
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  return unknown ? unknownKey(unknown, place) : invalidValue(issues[0], place);
}

function unknownKey({ keys, path }: { keys: string[]; path: PropertyKey[] }, place: ConfigPlace): AditError {
  const key = keys[0] ?? '';
  const nearest = nearestKey(key, knownKeys(path));
  const hint = nearest ? `; did you mean "${pathIn([...path, nearest], place)}"?` : '';
  const unknown = pathIn([...path, key], place);
  return new AditError(9200, `Cannot use the configuration "${place.file}": there is no key "${unknown}"${hint}`);
}

/** The keys that the schema knows at a path. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = agentConfigSchema;
  for (const step of path) {
    schema = inner(schema);
    if (schema instanceof z.ZodObject) schema = (schema.shape as Record<PropertyKey, unknown>)[step];
    else if (schema instanceof z.ZodArray) schema = schema.element;
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
  }
  const found = inner(schema);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function inner(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}

/** A path as the file has it: version 2 has the agent's keys at the top, some under other names. */
function pathIn(path: readonly PropertyKey[], { isVersion2 }: ConfigPlace): string {
  const words = path.map(String);
  if (!isVersion2 || words[0] !== 'agent' || words.length < 2) return words.join('.');
  const [, key = '', ...rest] = words;
  const older = Object.entries(renamedAgentKeys).find(([, newer]) => newer === key)?.[0];
  return [older ?? key, ...rest].join('.');
}

function invalidValue(issue: z.core.$ZodIssue | undefined, place: ConfigPlace): AditError {
  const key = pathIn(issue?.path ?? [], place) || 'the file';
  return new AditError(9201, `Cannot use "${key}" in "${place.file}": ${reasonOf(issue)}`);
}

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.path.at(0) === 'version') return 'the version must be 3 or 2';
  switch (issue?.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'record' ? 'object' : issue.expected}`;
    case 'invalid_value':
      return `it must be ${issue.values.map(String).join(' or ')}`;
    case 'custom':
      return issue.message;
    case 'too_big':
      return 'it is too long';
    default:
      return 'it is empty or not valid';
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
