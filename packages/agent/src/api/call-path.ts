import { AditError } from '@adit/contracts';

/**
 * A path with its parameters filled in. Each word is one segment, whatever is in it.
 *
 * @throws {AditError} 9500: a word that cannot be a segment: URLs take `.` and `..` for ways through the path.
 */
export function callPath(path: string, words: readonly string[]): string {
  const unusable = words.find((word) => /^\.{0,2}$/.test(word));
  if (unusable !== undefined) throw new AditError(9500, `Cannot call the API: "${unusable}" is no id`);
  const segments = words.map((word) => encodeURIComponent(word));
  return path.replaceAll(/\{\w+\}/g, () => segments.shift() ?? '');
}
