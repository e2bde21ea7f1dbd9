import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readIfPresent, writeFileAtomic } from '../files/private-file.ts';

const address = z.object({ host: z.string(), port: z.number() });

const runningSchema = z.object({
  event: z.literal('ready'),
  https: address,
  http: address,
  connect: z.string(),
  api: z.string(),
  operator: z.string(),
  /** The same, for programs: exactly where it is bound. A name may lead to another address, which anybody can have. */
  operatorAt: address,
  caFile: z.string().nullable(),
});

/** Where the server of a data directory listens, for programs on the same machine. Holds no secret. */
export type RunningAddresses = z.output<typeof runningSchema>;

/** Left for others while this server runs. A killed server leaves it behind: the lock tells whether it is true. */
export async function writeRunningServer(dataDir: string, addresses: RunningAddresses): Promise<void> {
  // Parsing drops what is not an address, above all the secrets of a first run.
  await writeFileAtomic(fileOf(dataDir), JSON.stringify(runningSchema.parse(addresses)), 0o600);
}

export async function removeRunningServer(dataDir: string): Promise<void> {
  await rm(fileOf(dataDir), { force: true });
}

/** Undefined if there is none or it cannot be read. */
export async function readRunningServer(dataDir: string): Promise<RunningAddresses | undefined> {
  try {
    return runningSchema.parse(JSON.parse((await readIfPresent(fileOf(dataDir)))?.toString() ?? ''));
  } catch {
    return undefined;
  }
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'server.json');
}
