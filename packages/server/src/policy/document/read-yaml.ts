import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { policyLimits } from './policy-limits.ts';
import { type Locate, type Path, refusePolicy } from './policy-problems.ts';

/** What a text says as plain data, and where its parts stand in it. */
export interface ReadYaml {
  readonly value: unknown;
  readonly locate: Locate;
}

/**
 * Reads YAML 1.2 or JSON. Takes what JSON could say, too, and nothing else: aliases and names that are lists or maps can make a
 * short text take minutes, and a tag that is not known would be passed over.
 *
 * @throws {AditError} 9600: it is none; says what is wrong first with line and column.
 */
export function readYaml(text: string): ReadYaml {
  const lines = new LineCounter();
  // The library compares every name with every other, and copies lines into each of its messages.
  const costly = { uniqueKeys: false, prettyErrors: false };
  // A document may not ask for YAML 1.1, where `no` is false and `017` is 15.
  const core = { schema: 'core', resolveKnownTags: false, merge: false } as const;
  const source = parseDocument(text, { lineCounter: lines, logLevel: 'silent', ...costly, ...core });
  const [broken] = [...source.errors, ...source.warnings];
  if (broken) {
    const isTooDeep = broken.code === 'RESOURCE_EXHAUSTION';
    throw refuseAt(lines, broken.pos[0], isTooDeep ? tooDeep : broken.message);
  }
  const value = new PlainReader(lines).read(source.contents, 0);
  const locate: Locate = (path, offset = 0) => {
    const at = offsetOf(source, path);
    return positionOf(lines, at.start + (at.isPlain ? offset : 0));
  };
  return { value, locate };
}

const tooDeep = `it is more than ${policyLimits.maxDepth} levels deep`;

function refuseAt(lines: LineCounter, offset: number, message: string): Error {
  return refusePolicy([{ code: 9600, path: [], message }], () => positionOf(lines, offset));
}

function positionOf(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Makes plain data of parsed nodes. Stops at the first thing that is not allowed. */
class PlainReader {
  readonly #lines: LineCounter;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  read(node: unknown, depth: number): unknown {
    if (isAlias(node)) throw this.#refuse(node, 'aliases (&, *) are not allowed in it');
    if (depth > policyLimits.maxDepth) throw this.#refuse(node, tooDeep);
    if (isSeq(node)) return node.items.map((item) => this.read(item, depth + 1));
    if (isMap(node)) return this.#object(node.items, depth);
    return isScalar(node) ? node.value : null;
  }

  #object(pairs: readonly { readonly key: unknown; readonly value: unknown }[], depth: number): object {
    const fields = new Map<string, unknown>();
    for (const { key, value } of pairs) {
      const name = this.#name(key);
      if (fields.has(name)) throw this.#refuse(key, `${JSON.stringify(name.slice(0, 100))} is there twice: keep one`);
      fields.set(name, this.read(value, depth + 1));
    }
    return Object.fromEntries(fields);
  }

  #name(key: unknown): string {
    if (isScalar<string | number | boolean | null>(key)) return String(key.value ?? '');
    throw this.#refuse(key, 'a field is named by text, not by a list, a map or an alias');
  }

  #refuse(node: unknown, message: string): Error {
    return refuseAt(this.#lines, (isNode(node) && node.range?.[0]) || 0, message);
  }
}

/** Where the nearest node that is there begins; `isPlain`: an offset into its text is one into the source. */
function offsetOf(source: Document, path: Path): { start: number; isPlain: boolean } {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? source.contents : source.getIn(path.slice(0, length), true);
    if (!isNode(node) || !node.range) continue;
    const isQuoted = 'type' in node && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
    const isBlock = 'type' in node && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
    return { start: node.range[0] + (isQuoted ? 1 : 0), isPlain: length === path.length && !isBlock };
  }
  return { start: 0, isPlain: false };
}
