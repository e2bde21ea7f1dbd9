import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check, Finding } from './finding.ts';

/** What is meant for others: clients have to trust it. */
const publicFiles = ['tls/ca.pem'];
const looseBits = 0o077;

/** That the data directory is there and its owner's alone. Windows has rights of another kind, which are not looked at. */
export const checkFiles: Check = async ({ settings: { dataDir } }) => {
  const about = 'files';
  const found = await stat(dataDir).catch(() => undefined);
  if (!found?.isDirectory()) {
    const todo = 'Give the --data-dir of the server; it makes the directory when it starts for the first time.';
    return [{ about, level: 'fail', text: `There is no directory "${dataDir}".`, todo }];
  }
  if (process.platform === 'win32') return [{ about, level: 'ok', text: `The data is in "${dataDir}".` }];
  const open = await openToOthers(dataDir);
  const findings: Finding[] = open.map((path) => ({
    about,
    level: 'fail',
    text: `Others on this machine can get at "${path}".`,
    todo: `Run: chmod go= "${path}"`,
  }));
  const foreign = foreignOwner(found.uid);
  if (foreign) findings.push({ about, level: 'warn', ...foreign });
  return findings.length > 0 ? findings : [{ about, level: 'ok', text: `"${dataDir}" is its owner's alone.` }];
};

/** Root may look at everybody's. */
function foreignOwner(uid: number): Pick<Finding, 'text' | 'todo'> | undefined {
  const own = process.getuid?.();
  if (own === undefined || own === 0 || own === uid) return undefined;
  const text = `The data directory belongs to user ${uid}, and this command runs as ${own}.`;
  return { text, todo: 'Run the commands as the user that the server runs as.' };
}

/** Directory and files whose rights let others in; what is below a closed directory is looked at all the same. */
async function openToOthers(dataDir: string): Promise<string[]> {
  const names = await readdir(dataDir, { recursive: true });
  const paths = [dataDir, ...names.filter((name) => !publicFiles.includes(name)).map((name) => join(dataDir, name))];
  const open = await Promise.all(
    paths.map(async (path) => {
      // Files come and go while a server runs.
      const found = await stat(path).catch(() => undefined);
      return found && (found.mode & looseBits) !== 0 ? [path] : [];
    }),
  );
  return open.flat();
}
