// The messages that a scenario's HTTP/1.1 text stands for, so that the same request can be sent over HTTP/2 and the same
// answer expected there. It reads what the authors of scenarios write, well-formed text only: it is no parser to defend.

export type Lines = readonly (readonly [name: string, value: string])[];

export interface Head {
  readonly kind: 'interim' | 'head';
  /** The words of the start line. */
  readonly start: readonly string[];
  readonly headers: Lines;
  readonly hasBody: boolean;
}

export type Item =
  | Head
  | { readonly kind: 'body'; readonly text: string }
  | { readonly kind: 'end'; readonly trailers: Lines };

type State = { kind: 'head' } | { kind: 'length'; left: number } | { kind: 'chunks' };

/** Reads one direction of a connection, as far as its text has come. */
export class MessageScript {
  /** Of the requests that the next answers belong to; empty for a script of requests. */
  readonly methods: string[] = [];
  readonly #isAnswers: boolean;
  #text = '';
  #state: State = { kind: 'head' };

  constructor(side: 'requests' | 'answers') {
    this.#isAnswers = side === 'answers';
  }

  /** Answers what the text so far completes. */
  feed(text: string): Item[] {
    this.#text += text;
    const items: Item[] = [];
    for (let item = this.#next(); item.length > 0; item = this.#next()) items.push(...item);
    return items;
  }

  #next(): Item[] {
    if (this.#state.kind === 'head') return this.#head();
    if (this.#state.kind === 'chunks') return this.#chunk();
    const text = this.#take(Math.min(this.#state.left, this.#text.length));
    if (text === '') return [];
    this.#state.left -= text.length;
    return this.#state.left > 0 ? [{ kind: 'body', text }] : [{ kind: 'body', text }, this.#end([])];
  }

  #head(): Item[] {
    const end = this.#text.indexOf('\r\n\r\n');
    if (end === -1) return [];
    const [start = '', ...rest] = this.#take(end + 4)
      .slice(0, -4)
      .split('\r\n');
    const headers = rest.map(asPair);
    const parts = start.split(' ');
    if (this.#isAnswers && parts[1]?.startsWith('1') && parts[1] !== '101')
      return [{ kind: 'interim', start: parts, headers, hasBody: false }];
    const length = Number(valueOf(headers, 'content-length') ?? 0);
    const isChunked = valueOf(headers, 'transfer-encoding') !== undefined;
    const hasBody = !this.#isEmpty(parts) && (isChunked || length > 0);
    const head: Head = { kind: 'head', start: parts, headers, hasBody };
    if (!hasBody) return [head, this.#end([])];
    this.#state = isChunked ? { kind: 'chunks' } : { kind: 'length', left: length };
    return [head];
  }

  #isEmpty([, status = '']: readonly string[]): boolean {
    return this.#isAnswers && (this.methods.shift() === 'HEAD' || ['204', '304'].includes(status));
  }

  #chunk(): Item[] {
    const lineEnd = this.#text.indexOf('\r\n');
    if (lineEnd === -1) return [];
    const size = Number.parseInt(this.#text.slice(0, lineEnd), 16);
    if (size === 0) return this.#trailers();
    if (this.#text.length < lineEnd + 2 + size + 2) return [];
    const text = this.#take(lineEnd + 2 + size + 2).slice(lineEnd + 2, -2);
    return [{ kind: 'body', text }];
  }

  #trailers(): Item[] {
    const end = this.#text.indexOf('\r\n\r\n');
    if (end === -1) return [];
    const [, ...lines] = this.#take(end + 4)
      .slice(0, -4)
      .split('\r\n');
    return [this.#end(lines.map(asPair))];
  }

  #end(trailers: Lines): Item {
    this.#state = { kind: 'head' };
    return { kind: 'end', trailers };
  }

  #take(length: number): string {
    const taken = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return taken;
  }
}

function asPair(line: string): [string, string] {
  const colon = line.indexOf(':', 1);
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function valueOf(headers: Lines, name: string): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}
