import type * as http from 'node:http';

/**
 * node:http, loaded when something is served with it. Not imported: `import` reads every export of a built-in module, and
 * one of this loads an HTTP client of 14 MB that nobody here uses.
 */
export function nodeHttp(): typeof http {
  return process.getBuiltinModule('node:http');
}
