/**
 * The media type of a text that came without one.
 *
 * @param written The same as it stands in the rule. What visitors put in by an expression makes no page of it: they could have a
 *   browser run what they like under the endpoint's name.
 */
export function guessType(text: string, written: string): string {
  const beginning = written.trimStart().slice(0, 200).toLowerCase();
  if (beginning.startsWith('<!doctype html') || beginning.startsWith('<html')) return 'text/html; charset=utf-8';
  if (beginning.startsWith('<?xml')) return 'application/xml; charset=utf-8';
  const start = text.trimStart();
  if ((start.startsWith('{') || start.startsWith('[')) && isJson(text)) return 'application/json';
  return 'text/plain; charset=utf-8';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
