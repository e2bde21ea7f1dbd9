#!/usr/bin/env node
// Usage: node tools/bootstrap.mjs <script> [arguments]
// Makes a bare clone usable: installs what is missing, then runs a script of this project on the pinned Node.js.
// Every npm script comes through here. Whatever Node.js is installed must be able to read this file, so that an old
// one gets a sentence and not a syntax error: no new syntax here, and everything else is loaded after the check.
var running = process.versions.node;
if (Number(running.split('.')[0]) < 20) {
  console.error(
    'Adit needs Node.js 20 or newer to install itself, and this is ' + running + '. Get one from https://nodejs.org',
  );
  process.exitCode = 1;
} else {
  void import('./bootstrap/main.mjs').then(function (main) {
    return main.bootstrap(process.argv.slice(2));
  });
}
