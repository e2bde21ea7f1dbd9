import { createInterface } from 'node:readline';
import type { CommandIo } from '@adit/agent';
import { AditError } from '@adit/contracts';

/**
 * Says what would come of it, and has the name typed.
 *
 * @throws {AditError} 9125: it was not.
 */
export async function confirmByName(
  io: CommandIo,
  { name, consequences, purpose }: { name: string; consequences: string; purpose: string },
): Promise<void> {
  io.stderr.write(`${consequences}\nType "${name}" to ${purpose}: `);
  if ((await firstLine(io)) === name) return;
  throw new AditError(9125, `Cannot ${purpose}: the name was not typed`);
}

async function firstLine({ stdin, stderr, interrupted }: CommandIo): Promise<string | undefined> {
  // A terminal shows the end of the line by itself.
  if (!stdin.isTTY) stderr.write('\n');
  const lines = createInterface({ input: stdin, signal: interrupted });
  for await (const line of lines) {
    lines.close();
    return line.trim();
  }
  return undefined;
}
