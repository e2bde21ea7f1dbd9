import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@adit/server';
import { parse, stringify } from 'yaml';

/** The agent's configuration that the quick start keeps in the data directory, in the agent's own format. */
export interface QuickstartAgent {
  readonly authtoken: string;
  readonly connectUrl: string;
  readonly caFile: string;
  readonly apiUrl: string;
}

/** The authtoken kept by an earlier start; undefined if there is none that can be read. */
export async function readAuthtoken(file: string): Promise<string | undefined> {
  try {
    const config = parse(await readFile(file, 'utf8')) as { agent?: { authtoken?: unknown } } | null;
    const token = config?.agent?.authtoken;
    return typeof token === 'string' ? token : undefined;
  } catch {
    return undefined; // Missing or damaged: a new token is made, and the file with it.
  }
}

/**
 * Replaces the file, mode 0600: it holds a secret.
 *
 * @throws {AditError} 9210: the directory is not writable.
 */
export async function writeAgentConfig(file: string, agent: QuickstartAgent): Promise<void> {
  const { authtoken, connectUrl, caFile, apiUrl } = agent;
  const keys = { authtoken, connect_url: connectUrl, connect_cas: caFile, api_url: apiUrl };
  const text = stringify({ version: 3, agent: keys });
  await writeFileAtomic(file, text, 0o600);
}
