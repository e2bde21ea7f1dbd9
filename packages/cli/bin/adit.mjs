#!/usr/bin/env node
// The `adit` command. The command line itself is in ../src/main.ts; this file only finds the Node.js to run it on.
import { fileURLToPath } from 'node:url';
import { launch } from './launch.mjs';

await launch(fileURLToPath(new URL('../src/main.ts', import.meta.url)), process.argv.slice(2));
