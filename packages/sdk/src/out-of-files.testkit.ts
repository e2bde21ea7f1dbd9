import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * What a program prints that may open few files, and has opened all of them. The process is one of its own.
 *
 * @param imports Modules by the name under which the program has their exports.
 * @param body Where `await` is allowed; `print()` takes the one value to print.
 */
export async function runOutOfFiles(imports: Readonly<Record<string, string>>, body: string): Promise<unknown> {
  const lines = Object.entries(imports).map(([name, url]) => `import * as ${name} from ${JSON.stringify(url)};`);
  const program = `
    import { openSync } from 'node:fs';
    ${lines.join('\n')}
    const print = (value) => process.stdout.write(JSON.stringify(value));
    try { for (;;) openSync('/dev/null'); } catch {}
    ${body}`;
  const node = [process.execPath, '--input-type=module', '--eval', program];
  // Node reads such a file beside the program, which then has one file more than it has filled.
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n 64; exec "$@"', 'sh', ...node], { env });
  return JSON.parse(stdout);
}
