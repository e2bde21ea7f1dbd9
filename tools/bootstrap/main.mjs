// The bootstrap: what happens before the first line of the project runs. Plain JavaScript for Node 20 without
// dependencies, as none are installed yet. The Node.js check that must run on anything is in ../bootstrap.mjs.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWithParent } from '../../packages/cli/bin/end-with-parent.mjs';
import { launch, repeatExit } from '../../packages/cli/bin/launch.mjs';
import { ensureInstalled, InstallFailed } from './install.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Installs what is missing and runs a script.
 * @param {string[]} argv the script's path from the project's root, then its arguments
 */
export async function bootstrap([script, ...args]) {
  if (script === undefined) throw new TypeError('Cannot bootstrap: the script to run is missing');
  endWithParent();
  try {
    await ensureInstalled(root, { log: (line) => console.error(line) });
  } catch (error) {
    if (!(error instanceof InstallFailed)) throw error;
    if (error.signal === null) console.error(error.message);
    repeatExit({ code: 1, signal: error.signal });
    return;
  }
  await launch(resolve(root, script), args);
}
