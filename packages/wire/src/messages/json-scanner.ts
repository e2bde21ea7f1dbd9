const code = (character: string) => character.charCodeAt(0);
const quote = code('"');
const backslash = code('\\');
const openBrace = code('{');
const closeBrace = code('}');
const openBracket = code('[');
const closeBracket = code(']');
const spaces = new Set([' ', '\t', '\r', '\n'].map(code));

/**
 * Finds where one JSON object ends in bytes that come in pieces. It knows strings and nesting only: whether the bytes
 * are valid JSON is for `JSON.parse` to say. Of any valid object it finds the end, and of no prefix of one.
 */
export class JsonScanner {
  readonly #maxDepth: number;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  /**
   * Looks at the next piece.
   *
   * @returns How many of its bytes belong to the object, if it ends there; -1 if it goes on.
   * @throws {RangeError} It is no object, or nested too deep.
   */
  scan(piece: Uint8Array): number {
    let index = 0;
    for (const byte of piece) {
      index++;
      if (this.#isInString) this.#inString(byte);
      else if (this.#depth === 0 && byte !== openBrace) this.#beforeObject(byte);
      else if (this.#isEnd(byte)) return index;
    }
    return -1;
  }

  #beforeObject(byte: number): void {
    if (!spaces.has(byte)) throw new RangeError('not a JSON object');
  }

  #inString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quote) this.#isInString = false;
  }

  #isEnd(byte: number): boolean {
    if (byte === quote) this.#isInString = true;
    else if (byte === closeBrace || byte === closeBracket) this.#depth--;
    else if (byte === openBrace || byte === openBracket) this.#descend();
    return this.#depth === 0;
  }

  #descend(): void {
    this.#depth++;
    if (this.#depth > this.#maxDepth) throw new RangeError(`nested deeper than ${this.#maxDepth}`);
  }
}
