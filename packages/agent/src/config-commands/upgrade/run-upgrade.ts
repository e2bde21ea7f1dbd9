import { access, chmod, constants, copyFile, rm } from 'node:fs/promises';
import { AditError } from '@adit/contracts';
import { parseDocument } from 'yaml';
import type { CommandIo, ParsedCommand } from '../../command.ts';
import { configFileToChange, defaultConfigFile } from '../../config/config-files.ts';
import { readText } from '../../config/load-config.ts';
import { withAbsolutePaths } from '../../config/merge-config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { single } from '../../option-values.ts';
import { writePrivateFile } from '../write-private-file.ts';
import { upgradeText } from './upgrade-text.ts';
import { withoutSecrets } from './without-secrets.ts';

/** `adit config upgrade`: the file in version 3, with a copy of the old one beside it. */
export async function runUpgrade(
  { arguments: [version = '3'], options }: ParsedCommand,
  io: CommandIo,
): Promise<number> {
  const file = configFileToChange(options, io.env);
  if (version !== '3') throw new AditError(9500, `Cannot upgrade to version "${version}": there is only version 3`);
  const { text } = await readText(file);
  const parsed = parseConfig(text, file);
  const isRelocated = single(options, 'relocate') === 'true' && file !== defaultConfigFile(io.env);
  const isCurrent = parsed.version === 3 && parsed.document.tunnels === undefined;
  const upgraded = isCurrent ? text : upgradeText(text, parsed);
  if (single(options, 'dry-run') === 'true') {
    io.stdout.write(withoutSecrets(upgraded));
    return 0;
  }
  if (isRelocated) return await relocate({ file, upgraded }, io);
  if (isCurrent) {
    io.stdout.write(`"${file}" is in version 3 already.\n`);
    return 0;
  }
  const backup = await backUp(file);
  await writePrivateFile(file, upgraded);
  io.stdout.write(`"${file}" is in version 3 now; as it was: "${backup}".\n`);
  return 0;
}

async function relocate({ file, upgraded }: { file: string; upgraded: string }, io: CommandIo): Promise<number> {
  const target = defaultConfigFile(io.env);
  const isTaken = await access(target).then(
    () => true,
    () => false,
  );
  if (isTaken) throw new AditError(9500, `Cannot move "${file}": there is a file at "${target}" already`);
  const backup = await backUp(file);
  await writePrivateFile(target, withPathsOf(upgraded, file));
  await rm(file);
  io.stdout.write(`The configuration is at "${target}" now, in version 3; as it was: "${backup}".\n`);
  return 0;
}

/** Copies the file beside itself, under a name that is free. It may hold a secret: nobody else can read the copy. */
async function backUp(file: string): Promise<string> {
  for (let n = 0; ; n++) {
    const backup = n === 0 ? `${file}.bak` : `${file}.${n}.bak`;
    try {
      await copyFile(file, backup, constants.COPYFILE_EXCL);
      await chmod(backup, 0o600);
      return backup;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new AditError(9203, `Cannot write the backup "${backup}"`, { cause });
    }
  }
}

/** Paths are relative to the file they stand in: one that moves must name them in full. */
function withPathsOf(text: string, file: string): string {
  const document = parseDocument(text, { schema: 'core' });
  const { document: written } = parseConfig(text, file);
  const absolute = withAbsolutePaths(written, file);
  for (const [path, value] of leaves(absolute, [])) {
    if (document.getIn(path) !== value) document.setIn(path, value);
  }
  return document.toString({ lineWidth: 0 });
}

function* leaves(value: unknown, path: readonly string[]): Generator<[readonly string[], string]> {
  if (typeof value === 'string' && pathKeys.test(path.join('.'))) yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
}

const pathKeys =
  /^agent\.(?:connect_cas|log)$|^endpoints\.\d+\.(?:upstream\.tls_verify_cas$|agent_tls_termination\.|(?:traffic_policy_file|basic_auth_file|verify_webhook\.secret_file)$)/;
