import { readFile } from 'node:fs/promises';
import { AditError } from '@adit/contracts';
import { isMap, parseDocument } from 'yaml';
import { writePrivateFile } from './write-private-file.ts';

/** Keys that `adit config` sets, and what version 2 calls them. */
const names = {
  authtoken: { version2: 'authtoken' },
  connect_url: { version2: 'server_addr' },
} as const;

/**
 * Sets one key of a configuration file, which is made if it is missing. All else, comments too, stays as it was.
 *
 * @throws {AditError} 9201: the file is not YAML. 9202: not readable. 9203: not writable.
 */
export async function setAgentKey(file: string, key: keyof typeof names, value: string): Promise<void> {
  const document = parseDocument(await textOf(file), { schema: 'core' });
  if (document.errors.length > 0) throw notYaml(file, 'it is not valid YAML');
  if (document.contents !== null && !isMap(document.contents)) throw notYaml(file, 'it is not a map of keys');
  if (String(document.get('version')) === '2') {
    document.set(names[key].version2, value);
  } else {
    if (!document.has('version')) document.set('version', 3);
    // An empty `agent:` is null, not a map; setIn would fail on it.
    if (!isMap(document.get('agent', true))) document.set('agent', document.createNode({}));
    document.setIn(['agent', key], value);
  }
  await writePrivateFile(file, document.toString({ lineWidth: 0 }));
}

async function textOf(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '';
    throw new AditError(9202, `Cannot read the configuration "${file}"`, { cause });
  });
}

function notYaml(file: string, why: string): AditError {
  return new AditError(9201, `Cannot change the configuration "${file}": ${why}; "adit config edit" opens it`);
}
