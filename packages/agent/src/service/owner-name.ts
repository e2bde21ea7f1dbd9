import { readFile, stat } from 'node:fs/promises';

/**
 * Who owns a file, by name or number: a service of the machine runs as the owner of its configuration, who can read it.
 * Undefined where files have no such owner.
 */
export async function ownerName(file: string, passwd = '/etc/passwd'): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  const { uid } = await stat(file);
  const text = await readFile(passwd, 'utf8').catch(() => '');
  const line = text.split('\n').find((entry) => entry.split(':')[2] === String(uid));
  return line?.split(':')[0] || String(uid);
}
