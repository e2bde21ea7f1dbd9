/** A string, a bracket or a comma; whatever else there is in JSON means nothing here. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},]/g;

/** The keys of a JSON object in their order, also those that are there twice. @param json An object, proved to be JSON. */
export function topLevelKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let isKeyNext = false;
  for (const [token] of json.matchAll(tokens)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token !== ',' && depth === 1 && isKeyNext) keys.push(String(JSON.parse(token)));
    isKeyNext = depth === 1 && (token === ',' || token === '{');
  }
  return keys;
}
