import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { firstRunOf, newDataDir, type TestServer } from './server.ts';
import { callApi } from './visitor.ts';

const recorder = new URL('recorder.ts', import.meta.url).pathname;

/** Writes to a server by the API without pause, in a process of its own, and knows what was acknowledged: see ./recorder.ts. */
export class Recording {
  readonly #file: string;
  readonly apiKey: string;

  private constructor(file: string, apiKey: string) {
    this.#file = file;
    this.apiKey = apiKey;
  }

  /** Begins; the test's end stops it. The server may be another process later, at the same address. */
  static async start(server: TestServer): Promise<Recording> {
    const file = join(await newDataDir(), 'acknowledged.txt');
    const { apiKey } = firstRunOf(server);
    const child = spawn(process.execPath, [recorder], {
      env: { ...process.env, RECORD: file, API: server.ready.api, CA: server.caFile, API_KEY: apiKey },
      stdio: 'inherit',
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return new Recording(file, apiKey);
  }

  /** Ids of what was acknowledged so far. Whole lines only: the recorder may be writing the last one. */
  async acknowledged(): Promise<string[]> {
    const text = await readFile(this.#file, 'utf8').catch(() => '');
    return text.split('\n').slice(0, -1);
  }

  /** Resolves when some more writes have been acknowledged. */
  async goesOn(): Promise<void> {
    const before = (await this.acknowledged()).length;
    await expect
      .poll(async () => (await this.acknowledged()).length, { timeout: 30_000, interval: 20 })
      .toBeGreaterThan(before + 5);
  }

  /** Fails unless the server has everything that was acknowledged so far. Answers how much that is. */
  async nothingIsLost(server: TestServer): Promise<number> {
    const acknowledged = await this.acknowledged();
    const stored = await this.#stored(server);
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
    return acknowledged.length;
  }

  async #stored(server: TestServer): Promise<Set<string>> {
    const ids = new Set<string>();
    for (let path: string | null = '/credentials'; path !== null; ) {
      const { json } = await callApi(server, this.apiKey, { method: 'GET', path });
      for (const { id } of json['credentials'] as { id: string }[]) ids.add(id);
      const next = json['next_page_uri'];
      path = next === null ? null : new URL(String(next)).pathname + new URL(String(next)).search;
    }
    return ids;
  }
}
