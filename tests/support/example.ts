import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { firstRunOf, newDataDir, type TestServer } from './server.ts';

const examples = new URL('../../examples/', import.meta.url);

/** What a run of an example leaves behind. */
export interface ExampleRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The folder that it ran in, empty before. */
  readonly cwd: string;
}

/** Runs `examples/<name> <port>` to its end, as the script's head says for the machine of `npm start`. */
export async function runExample(server: TestServer, name: string, port: number): Promise<ExampleRun> {
  const cwd = await newDataDir();
  const { apiKey } = firstRunOf(server);
  const env = {
    ...process.env,
    ADIT_CONFIG: await writeConfiguration(server),
    ADIT_CONNECT_CAS: server.caFile,
    ADIT_API_KEY: apiKey,
    XDG_STATE_HOME: await newDataDir(),
  };
  // A session of its own: openssl finds no terminal to ask for passphrases, and what is left over can be ended as one.
  const script = spawn('sh', [fileURLToPath(new URL(name, examples)), String(port)], { cwd, env, detached: true });
  onTestFinished(() => endGroup(script.pid));
  const [stdout, stderr, [code]] = await Promise.all([text(script.stdout), text(script.stderr), once(script, 'close')]);
  return { code, stdout, stderr, cwd };
}

/** As `npm start` keeps it beside its data. JSON is YAML. */
async function writeConfiguration(server: TestServer): Promise<string> {
  const { ready, caFile } = server;
  const { authtoken } = firstRunOf(server);
  const agent = { authtoken, connect_url: ready.connect, connect_cas: caFile, api_url: ready.api };
  const file = join(await newDataDir(), 'agent.yml');
  await writeFile(file, JSON.stringify({ version: 3, agent }), { mode: 0o600 });
  return file;
}

function endGroup(id: number | undefined): void {
  try {
    if (id !== undefined) process.kill(-id, 'SIGKILL');
  } catch {
    // Nobody is left, as it should be.
  }
}
