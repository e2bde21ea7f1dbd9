import packageJson from '../package.json' with { type: 'json' };

/** What agents and the log are told, e.g. `adit/0.1.0`. */
export const serverVersion = `adit/${packageJson.version}`;
