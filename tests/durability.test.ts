import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { firstRunOf, newDataDir, startServer, type TestServer } from './support/server.ts';
import { callApi } from './support/visitor.ts';

const kills = Number(process.env['ADIT_KILLS'] ?? 5);

async function listCredentialIds(server: TestServer, apiKey: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let path: string | null = '/credentials'; path !== null; ) {
    const { json } = await callApi(server, apiKey, { method: 'GET', path });
    for (const { id } of json['credentials'] as { id: string }[]) ids.add(id);
    path =
      json['next_page_uri'] === null
        ? null
        : new URL(String(json['next_page_uri'])).pathname + new URL(String(json['next_page_uri'])).search;
  }
  return ids;
}

it(`[invariant: nothing-acknowledged-is-lost] ${kills} SIGKILLs lose no write that the API acknowledged`, async () => {
  const dataDir = await newDataDir();
  const record = join(dataDir, 'acknowledged.txt');
  let server = await startServer({ dataDir });
  const { apiKey } = firstRunOf(server);

  const recorder = spawn(process.execPath, [new URL('support/recorder.ts', import.meta.url).pathname], {
    env: { ...process.env, RECORD: record, API: server.ready.api, CA: server.ready.caFile, API_KEY: apiKey },
    stdio: 'inherit',
  });
  onTestFinished(() => void recorder.kill('SIGKILL'));

  let acknowledged: string[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const before = acknowledged.length;
    await expect
      .poll(async () => (await readRecord(record)).length, { timeout: 20_000, interval: 20 })
      .toBeGreaterThan(before + 5);
    await sleep(randomInt(0, 50)); // A random moment is the point of the test, not a wait for something.
    await server.process.stop('SIGKILL');
    server = await startServer({ dataDir });
    acknowledged = await readRecord(record);
    const stored = await listCredentialIds(server, apiKey);
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  }
  console.log(`${kills} kills, ${acknowledged.length} acknowledged writes, none lost`);
});

/** Whole lines only: the recorder may be writing the last one. */
async function readRecord(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').slice(0, -1);
}
