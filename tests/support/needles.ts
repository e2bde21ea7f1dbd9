// Looks for secrets where none may be, in the forms that programs write them in.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A secret as it is, and in what others may have made of it. */
function formsOf(secret: string | Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret);
  const texts = [bytes.toString('hex')];
  if (typeof secret === 'string') texts.push(encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1));
  // In base64 it begins at one of three places; what depends on its neighbours is left out.
  for (const before of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    for (const coding of ['base64', 'base64url'] as const) {
      texts.push(shifted.toString(coding).slice(before === 0 ? 0 : 4, -4));
    }
  }
  return [bytes, ...[...new Set(texts)].map((text) => Buffer.from(text))];
}

/** Where something was written: a name for people, and all of it. */
export type Place = readonly [name: string, content: Buffer | string];

/** `<secret> in <place>` for each that is found. */
export function findSecrets(
  secrets: Readonly<Record<string, string | Uint8Array>>,
  places: readonly Place[],
): string[] {
  const needles = Object.entries(secrets).map(([name, secret]) => [name, formsOf(secret)] as const);
  return places.flatMap(([place, content]) => {
    const bytes = Buffer.from(content);
    return needles.flatMap(([name, forms]) =>
      forms.some((form) => bytes.includes(form)) ? [`${name} in ${place}`] : [],
    );
  });
}

/** Every file below, but those that the filter leaves out. Whoever writes there may take some away meanwhile. */
export async function filesBelow(dir: string, isWanted: (path: string) => boolean = () => true): Promise<Place[]> {
  const names = (await readdir(dir, { recursive: true })).filter(isWanted);
  const places = await Promise.all(
    names.map(async (name): Promise<Place[]> => {
      const path = join(dir, name);
      const isFile = (await stat(path).catch(whenGone))?.isFile();
      const content = isFile && (await readFile(path).catch(whenGone));
      return content ? [[path, content]] : [];
    }),
  );
  return places.flat();
}

function whenGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** The arguments of every process of this machine that the system shows us. */
export async function commandLines(): Promise<Place[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid): Promise<Place[]> => {
      const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return text === '' ? [] : [[`the arguments of process ${pid}`, text]];
    }),
  );
  return lines.flat();
}
