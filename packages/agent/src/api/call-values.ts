import { readFile } from 'node:fs/promises';
import { getSystemErrorMessage } from 'node:util';
import { AditError } from '@adit/contracts';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { several, single, toggled } from '../option-values.ts';
import { apiLimits } from './api-limits.ts';
import { type CallField, wordOfSecret } from './call-fields.ts';

/** What a call sends. */
export interface CallValues {
  readonly body: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads the options of a call by what its schema says of each.
 *
 * @throws {AditError} 9500: a value that its field cannot have, one that is missing, or a secret as an option. 9202: a file
 *   that cannot be read. No message repeats a value that could be secret.
 */
export async function readValues(
  fields: readonly CallField[],
  { options }: ParsedCommand,
  io: CommandIo,
): Promise<CallValues> {
  refuseSecrets(fields, options);
  const missing = fields.filter(({ option, isRequired }) => isRequired && options[option] === undefined);
  if (missing.length > 0) {
    throw new AditError(
      9500,
      `Cannot call the API: ${missing.map(({ option }) => `--${option}`).join(', ')} is missing`,
    );
  }
  const given = fields.filter(({ option }) => options[option] !== undefined);
  const entries: [CallField, unknown][] = [];
  // One after the other: two secrets must not share what comes from standard input.
  for (const field of given) entries.push([field, await readField(field, options, io)]);
  const part = (where: CallField['where']) => entries.filter(([field]) => field.where === where);
  return {
    body: Object.fromEntries(part('body').map(([{ name }, value]) => [name, value])),
    query: Object.fromEntries(part('query').map(([{ name }, value]) => [name, String(value)])),
    headers: Object.fromEntries(part('header').map(([{ name }, value]) => [name.toLowerCase(), String(value)])),
  };
}

function refuseSecrets(fields: readonly CallField[], options: ParsedCommand['options']): void {
  const secrets = fields.filter(({ isSecret }) => isSecret).map((field) => ({ field, word: wordOfSecret(field) }));
  const shown = secrets.find(({ word }) => options[word] !== undefined);
  if (!shown) return;
  const why = `others on this machine can read it; write --${shown.field.option} and a file, or "-" for standard input`;
  throw new AditError(9500, `Cannot use --${shown.word}: ${why}`);
}

async function readField(field: CallField, options: ParsedCommand['options'], io: CommandIo): Promise<unknown> {
  const { option, kind, isSecret, isList } = field;
  if (kind === 'switch' && !isSecret) return toggled(options, option);
  if (!isList) return await readWord(field, single(options, option) ?? '', io);
  const values: unknown[] = [];
  for (const word of several(options, option)) values.push(await readWord(field, word, io));
  return values;
}

async function readWord({ option, kind, isSecret }: CallField, given: string, io: CommandIo): Promise<unknown> {
  const word = isSecret ? await readSecretFile(option, given, io) : given;
  switch (kind) {
    case 'number':
      if (/^-?\d+(\.\d+)?$/.test(word)) return Number(word);
      throw new AditError(9500, `Cannot use ${JSON.stringify(given)} for --${option}: it is not a number`);
    case 'json':
      return parseJson(option, word);
    default:
      return word;
  }
}

function parseJson(option: string, word: string): unknown {
  try {
    return JSON.parse(word);
  } catch (cause) {
    throw new AditError(9500, `Cannot use what is given for --${option}: it is not JSON`, { cause });
  }
}

/**
 * A secret without the line break that most programs put at its end.
 *
 * @throws {AditError} 9202: it cannot be read, or is too long. 9500: there is none.
 */
export async function readSecretFile(
  option: string,
  file: string,
  { stdin }: Pick<CommandIo, 'stdin'>,
): Promise<string> {
  const text = file === '-' ? await readAll(stdin, option) : await readFile(file, 'utf8').catch(cannotRead(file));
  if (text.length > apiLimits.maxSecretBytes) throw new AditError(9202, `Cannot read "${file}": it is too long`);
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw new AditError(9500, `Cannot use what is given for --${option}: it is empty`);
  return secret;
}

async function readAll(stdin: CommandIo['stdin'], option: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Buffer | string);
    length += bytes.length;
    if (length > apiLimits.maxSecretBytes)
      throw new AditError(9500, `Cannot use what comes for --${option}: it is too long`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function cannotRead(file: string) {
  return (cause: NodeJS.ErrnoException): never => {
    throw new AditError(9202, `Cannot read "${file}": ${getSystemErrorMessage(cause.errno ?? 0)}`, { cause });
  };
}
