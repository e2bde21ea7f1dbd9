import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { AditError } from '@adit/contracts';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { configFileToChange } from '../config/config-files.ts';
import { fromEnvironment } from '../config/environment.ts';
import { runCheck } from './run-check.ts';
import { writePrivateFile } from './write-private-file.ts';

const template = `version: 3
agent:
  # authtoken: adit_at_...
  # connect_url: connect.example.com:443
endpoints: []
`;

/** `adit config edit`: opens the file as it is, valid or not, and says afterwards what is wrong with it. */
export async function runEdit(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  const file = configFileToChange(parsed.options, io.env);
  await access(file).catch(() => writePrivateFile(file, template));
  await openEditor(file, io);
  return await runCheck({ arguments: [], options: { config: [file] } }, io);
}

async function openEditor(file: string, { env }: CommandIo): Promise<void> {
  const isWindows = process.platform === 'win32';
  const fallback = isWindows ? 'notepad' : 'nano';
  const editor = env['VISUAL'] || fromEnvironment(env, 'EDITOR') || fallback;
  // EDITOR may hold arguments ("code --wait"), so the shell splits it; the path is a word of its own.
  const words: [string, string[]] = isWindows ? [editor, [`"${file}"`]] : ['sh', ['-c', `${editor} "$1"`, 'sh', file]];
  const child = spawn(...words, { stdio: 'inherit', env: { ...env }, shell: isWindows });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', (exitCode) => resolve(exitCode));
  });
  if (code !== 0)
    throw new AditError(9201, `Cannot edit "${file}": the editor "${editor}" ended with ${code ?? 'a signal'}`);
}
