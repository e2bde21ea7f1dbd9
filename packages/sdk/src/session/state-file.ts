import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pid } from 'node:process';

/** What proves to the server that we are the client of an earlier session. The cookie is a secret. */
export interface SessionState {
  readonly clientId: string;
  readonly cookie: string;
}

/** Files of sessions that live in this process. */
const inUse = new Set<string>();

/**
 * The last session of an agent that ended without saying so, for takeover after its restart. Mode 0600. It names the
 * process that owns it: a second agent beside a live one, or a second session in one program, neither takes the session of
 * the first nor overwrites the file.
 */
export class StateFile {
  readonly #path: string;
  readonly #server: string;
  #isOwned = false;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, server: string) {
    this.#path = path;
    this.#server = server;
  }

  /** Undefined when there is none, when it is another server's, unreadable, or belongs to a live process. */
  async load(): Promise<SessionState | undefined> {
    const saved = await this.#read();
    const isFree = saved === undefined || saved.pid === pid || !isAlive(saved.pid);
    this.#isOwned = isFree && !inUse.has(this.#path);
    if (this.#isOwned) inUse.add(this.#path);
    if (!saved || !this.#isOwned || saved.server !== this.#server) return undefined;
    return { clientId: saved.clientId, cookie: saved.cookie };
  }

  /** Written whole under another name, then renamed: a crash leaves the old state or the new one. */
  async save(state: SessionState): Promise<void> {
    await this.#inTurn(async () => {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      const draft = `${this.#path}.${pid}`;
      await writeFile(draft, JSON.stringify({ pid, server: this.#server, ...state }), { mode: 0o600 });
      await rename(draft, this.#path);
    });
  }

  /** The session ended in order: there is nothing to take over. */
  async clear(): Promise<void> {
    await this.#inTurn(() => rm(this.#path, { force: true }));
  }

  /** The session is over; another one may use the file. */
  release(): void {
    if (this.#isOwned) inUse.delete(this.#path);
    this.#isOwned = false;
  }

  /** Every connection of the session saves: without turns one would rename the draft of another. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(() => (this.#isOwned ? work() : undefined));
    this.#last = done.catch(() => {});
    await done;
  }

  async #read(): Promise<(SessionState & { pid: number; server: string }) | undefined> {
    // Any unreadable state means a fresh session, which always works; the file is a convenience.
    const text = await readFile(this.#path, 'utf8').catch(() => '');
    return parseState(text);
  }
}

function parseState(text: string): (SessionState & { pid: number; server: string }) | undefined {
  try {
    const { pid: owner, server, clientId, cookie } = JSON.parse(text) as Record<string, unknown>;
    if (typeof owner !== 'number' || typeof server !== 'string') return undefined;
    if (typeof clientId !== 'string' || typeof cookie !== 'string') return undefined;
    return { pid: owner, server, clientId, cookie };
  } catch {
    return undefined; // Torn or foreign: the same as none.
  }
}

function isAlive(owner: number): boolean {
  try {
    return process.kill(owner, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
