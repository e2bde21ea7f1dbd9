import { join } from 'node:path';
import { z } from 'zod';
import { readIfPresent, writeFileAtomic } from '../files/private-file.ts';

const portsSchema = z.record(z.string(), z.number().int().min(1).max(65_535));

/**
 * Ports of the services' own listeners, so that a restarted server has the address its agents know. A damaged file is
 * worth nothing and costs nothing: new ports are chosen.
 */
export class RememberedPorts {
  readonly #file: string;
  readonly #ports: Record<string, number>;

  private constructor(file: string, ports: Record<string, number>) {
    this.#file = file;
    this.#ports = ports;
  }

  static async load(dataDir: string): Promise<RememberedPorts> {
    const file = join(dataDir, 'ports.json');
    // Unreadable is as good as damaged.
    const stored = await readIfPresent(file).catch(() => undefined);
    return new RememberedPorts(file, decode(stored?.toString() ?? '{}'));
  }

  get(service: string): number | undefined {
    return this.#ports[service];
  }

  async set(ports: Readonly<Record<string, number>>): Promise<void> {
    if (Object.entries(ports).every(([service, port]) => this.#ports[service] === port)) return;
    Object.assign(this.#ports, ports);
    await writeFileAtomic(this.#file, JSON.stringify(this.#ports), 0o600);
  }
}

function decode(text: string): Record<string, number> {
  try {
    return portsSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
