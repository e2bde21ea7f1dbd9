import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From here on, this process and its children work in the project's root and find its Node.js and its tools first. */
export function usePinnedTools(): void {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  process.chdir(root);
  process.env['PATH'] = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
}
