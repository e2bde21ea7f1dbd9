import { readFile } from 'node:fs/promises';
import type { ParsedCommand } from '@adit/agent';
import { AditError } from '@adit/contracts';

/** Who asks for what, of the options. */
export interface VisitorOptions {
  readonly clientIp: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    /** Name, value, name, value. */
    readonly headers: readonly string[];
    readonly body: Buffer | null;
  };
}

/** The exit code for "forbidden": what a script looks at. */
const refusedExitCode = 4;

/** Of a visitor who gets through, or does not. */
export function exitCodeOf(outcome: string): number {
  return outcome === 'allow' || outcome === 'reroute' ? 0 : refusedExitCode;
}

/** @throws {AditError} 9500: an option is none. 9202: a file cannot be read. */
export async function visitorOf({ options }: ParsedCommand): Promise<VisitorOptions> {
  const bodyFile = options['body-file'];
  const request = {
    ...{ method: String(options['method'] ?? 'GET').toUpperCase(), path: targetOf(String(options['path'] ?? '/')) },
    headers: [options['header'] ?? []].flat().flatMap(headerLine),
    body: bodyFile === undefined ? null : await readNamed(String(bodyFile)),
  };
  return { clientIp: String(options['ip'] ?? '203.0.113.7'), request };
}

/** @throws {AditError} 9202: it cannot be read. */
export async function readNamed(path: string): Promise<Buffer> {
  return await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'it does not exist' : 'it is not a readable file';
    throw new AditError(9202, `Cannot read "${path}": ${reason}`, { cause });
  });
}

/** @throws {AditError} 9500: it does not begin with a slash. */
function targetOf(path: string): string {
  if (path.startsWith('/')) return path;
  throw new AditError(9500, `Cannot ask for "${path}": a path begins with "/"`);
}

/** @throws {AditError} 9500: it has no colon. */
function headerLine(line: string): string[] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new AditError(9500, `Cannot send the header "${line}": write it as "name: value"`);
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}
