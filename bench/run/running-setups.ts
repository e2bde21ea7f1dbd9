import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Load, Setup, SetupKind } from '../job.ts';
import type { Links } from './links.ts';
import { speaksHttp2, waitUntilReady } from './wait-until-ready.ts';

/** A setup that has answered once, and what it can do. */
export interface RunningSetup extends Setup {
  readonly speaksHttp2: boolean;
}

interface Place {
  readonly originPort: number;
  readonly workDir: string;
  readonly profileDir?: string | undefined;
  readonly links: Links;
}

/** The setups of a run: each is started once for every delay its agent's link has in some load. */
export class RunningSetups {
  readonly #kinds: readonly SetupKind[];
  readonly #place: Place;
  readonly #started = new Map<string, Promise<RunningSetup | undefined>>();

  constructor(kinds: readonly SetupKind[], place: Place) {
    this.#kinds = kinds;
    this.#place = place;
  }

  /** The setups that can carry this load. */
  async for({ delay, work }: Load): Promise<RunningSetup[]> {
    const isAtAgent = delay?.at === 'agent';
    const found: RunningSetup[] = [];
    for (const kind of this.#kinds) {
      // The direct way has one link, which is as long wherever the others have theirs.
      if (isAtAgent && !kind.canDelayAgent && kind.name !== 'direct') continue;
      const setup = await this.#get(kind, isAtAgent ? delay.roundTripMs : 0);
      if (setup && (work.protocol !== 'h2' || setup.speaksHttp2)) found.push(setup);
    }
    return found;
  }

  async stop(): Promise<void> {
    const started = await Promise.all(this.#started.values());
    this.#started.clear();
    await Promise.all(started.map(async (setup) => await setup?.stop()));
  }

  #get(kind: SetupKind, agentDelay: number): Promise<RunningSetup | undefined> {
    const key = `${kind.name} ${kind.canDelayAgent ? agentDelay : 0}`;
    const known = this.#started.get(key) ?? this.#start(kind, agentDelay);
    this.#started.set(key, known);
    return known;
  }

  async #start(kind: SetupKind, agentDelay: number): Promise<RunningSetup | undefined> {
    const { originPort, workDir: parent, profileDir, links } = this.#place;
    const workDir = join(parent, `${kind.name.replaceAll(/\W+/g, '-')}-${agentDelay}`);
    mkdirSync(workDir);
    try {
      const agentLink = (port: number) => links.delayed(port, agentDelay);
      const setup = await kind.start({ originPort, workDir, agentLink, profileDir });
      if (!setup) process.stderr.write(`left out: ${kind.name} (its programs are not installed)\n`);
      if (!setup) return undefined;
      await waitUntilReady(setup.target);
      return { ...setup, speaksHttp2: await speaksHttp2(setup.target) };
    } catch (error) {
      process.stderr.write(`left out: ${kind.name}: ${error instanceof Error ? error.message : error}\n`);
      return undefined;
    }
  }
}
