// @ts-check
/** @type {Readonly<Record<string, string>>} */
const parameters = {
  path: 'path',
  method: 'method',
  status: 'status',
  header: 'header',
  endpoint: 'tunnel_name',
  ms: 'min_duration_ms',
  bytes: 'min_bytes',
};

/**
 * Reads what stands in the search field: words like `status:404` each by its name, all others together as text.
 *
 * @param {string} text
 */
export function searchQuery(text) {
  const query = new URLSearchParams();
  const words = [];
  for (const [word, name = '', quoted, plain = ''] of text.matchAll(/(\w+):"([^"]*)"|(?:(\w+):)?\S+/g).map(wordParts)) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter) query.append(parameter, quoted ?? plain);
    else words.push(word);
  }
  if (words.length > 0) query.set('text', words.join(' '));
  return query;
}

/**
 * @param {RegExpExecArray} match
 * @returns {[word: string, name: string | undefined, quoted: string | undefined, plain: string]}
 */
function wordParts([word, quotedName, quoted, plainName]) {
  return [word, quotedName ?? plainName, quoted, plainName === undefined ? word : word.slice(plainName.length + 1)];
}
