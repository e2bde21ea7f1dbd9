/** The media type of a text that came without one. */
export function guessType(text: string): string {
  const start = text.trimStart().slice(0, 200).toLowerCase();
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) return 'text/html; charset=utf-8';
  if (start.startsWith('<?xml')) return 'application/xml; charset=utf-8';
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
