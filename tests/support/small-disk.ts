import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { onTestFinished, type TestContext } from 'vitest';
import { newDataDir } from './server.ts';

/** A file system of a few megabytes that only some processes see. */
export interface SmallDisk {
  /** Where it is for them. */
  readonly dir: string;
  /** Words before a command that shall see it. */
  readonly under: readonly string[];
  /** What this process writes before a path of theirs. */
  readonly root: string;
  /** Uses up all that is free. Answers how to free it again. */
  fill(): Promise<() => Promise<void>>;
}

/** Mounts one in a namespace of its own, which goes with the test. Skips the test where the system forbids that. */
export async function mountSmallDisk(context: TestContext, mebibytes: number): Promise<SmallDisk> {
  const dir = await newDataDir();
  // Who is not root may mount what nobody else sees, where the system has user namespaces.
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const script = `mount -t tmpfs -o size=${mebibytes}m,mode=700 tmpfs "$0" && echo mounted && exec cat`;
  const holder = spawn('unshare', [...user, '--mount', 'sh', '-c', script, dir], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void holder.kill('SIGKILL'));
  const mounted = await Promise.race([once(createInterface({ input: holder.stdout }), 'line'), once(holder, 'close')]);
  context.skip(mounted[0] !== 'mounted', 'this system lets nobody mount a file system of his own');
  const entry = user.length === 0 ? [] : ['--user', '--preserve-credentials'];
  const root = `/proc/${holder.pid}/root`;
  const fill = async () => {
    const file = `${root}${dir}/filler`;
    await fillUp(file);
    return () => rm(file);
  };
  return { dir, root, fill, under: ['nsenter', '--target', String(holder.pid), '--mount', ...entry] };
}

async function fillUp(file: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    // First by much, then by little.
    for (const bytes of [65_536, 4096]) await writeUntilFull(handle, Buffer.alloc(bytes, 1));
  } finally {
    await handle.close();
  }
}

async function writeUntilFull(handle: Awaited<ReturnType<typeof open>>, bytes: Buffer): Promise<void> {
  for (;;) {
    try {
      await handle.write(bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}
