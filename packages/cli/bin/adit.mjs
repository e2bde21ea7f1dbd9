#!/usr/bin/env node
// The `adit` command. The command line itself is in ../src/main.ts; this file only finds the Node.js to run it on.
import { fileURLToPath } from 'node:url';
import { endWithParent } from './end-with-parent.mjs';
import { launch } from './launch.mjs';

// npx does not hand a SIGTERM on, and would leave a server behind that nobody can stop by the id they know.
if (process.env['npm_command'] === 'exec') endWithParent();

await launch(fileURLToPath(new URL('../src/main.ts', import.meta.url)), process.argv.slice(2));
