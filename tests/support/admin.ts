import { type Ended, run } from './program.ts';

const aditCommand = new URL('../../packages/cli/bin/adit.mjs', import.meta.url).pathname;

/** Runs `adit admin <words>` on that data directory to its end. `input`: what is piped in. */
export function admin(dataDir: string, words: readonly string[], input = ''): Promise<Ended> {
  return run([process.execPath, aditCommand, 'admin', ...words, '--data-dir', dataDir], { input });
}

/** The same with --json: answers what it printed. Throws when it failed. */
export async function adminJson(dataDir: string, words: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await admin(dataDir, [...words, '--json']);
  if (code !== 0) throw new Error(`adit admin ${words.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** The secret alone, as a script would read it. */
export async function createKey(dataDir: string, words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await admin(dataDir, ['key', 'create', ...words]);
  if (code !== 0) throw new Error(`adit admin key create ended with ${code}: ${stderr}`);
  return stdout.trim();
}

/** Makes the account `others`; answers an API key of its administrator, or another credential. */
export async function otherAccount(dataDir: string, kind: 'api_key' | 'authtoken' = 'api_key'): Promise<string> {
  await adminJson(dataDir, ['account', 'create', 'others', '--administrator', 'ada']);
  return await createKey(dataDir, ['--account', 'others', '--user', 'ada', '--kind', kind]);
}
