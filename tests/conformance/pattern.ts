// The bytes of a scenario as text: escapes and repetitions make exact bytes readable, and a few placeholders stand for
// what varies or what the framing leaves open.

/** A part of a text: bytes as they are (latin1), or a placeholder for what only the run knows. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** An id of ours: `req_` and 27 letters and digits. */
  | { readonly kind: 'requestId' }
  /** This content in chunks of any sizes, without the last chunk: where one ends is the sender's own choice. */
  | { readonly kind: 'chunks'; readonly text: string }
  /** A whole error answer of ours: status, code, request id, and a body as long as it says. */
  | { readonly kind: 'error'; readonly status: number; readonly code: number; readonly hasBody: boolean };

/** How received bytes fared. `length`: how many of them the pattern took. */
export type Match =
  | { readonly state: 'whole'; readonly length: number }
  | { readonly state: 'unfinished' }
  | { readonly state: 'different'; readonly at: number };

export interface MatchOptions {
  /** Lines, with their end, that may stand in a head beside what is expected: those that node:http adds by itself. */
  readonly extraLines?: readonly string[];
  /** Letters in either case are the same: names over HTTP/2 are lower case. */
  readonly ignoresCase?: boolean;
}

const ourLines = [
  'X-Forwarded-For: 203.0.113.9\r\n',
  'X-Forwarded-Proto: https\r\n',
  'X-Forwarded-Host: $HOST\r\n',
  'adit-request-id: ',
].join('');

/**
 * Reads content lines. A line's end means nothing: `\r`, `\n`, `\t`, `\0`, `\\` and `\xHH` are written out. In braces:
 * `{3*text}` repeats, `{request-id}`, `{ours}` (the lines that the edge adds to a request for app.example.test) or
 * `{ours host}`, `{chunks text}`, `{error status code}` or `{error status code head}`.
 *
 * @throws {SyntaxError} For escapes and placeholders that are none of these.
 */
export function parsePattern(lines: readonly string[]): Part[] {
  const parts: Part[] = [];
  for (const piece of lines.join('').split(/(\{[^{}]*\})/)) {
    if (piece.startsWith('{')) parts.push(...placeholder(piece.slice(1, -1)));
    else if (piece !== '') parts.push({ kind: 'text', text: unescape(piece) });
  }
  return parts;
}

/** The bytes of a pattern that is to be sent. */
export function patternText(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      if (part.kind !== 'text') throw new SyntaxError(`Cannot send a placeholder for ${part.kind}`);
      return part.text;
    })
    .join('');
}

function placeholder(inner: string): Part[] {
  const repeated = /^(\d+)\*(.*)$/s.exec(inner);
  if (repeated) return [{ kind: 'text', text: unescape(repeated[2] ?? '').repeat(Number(repeated[1])) }];
  const [word = '', ...rest] = inner.split(' ');
  switch (word) {
    case 'request-id':
      return [{ kind: 'requestId' }];
    case 'ours': {
      const text = ourLines.replace('$HOST', rest[0] ?? 'app.example.test');
      return [{ kind: 'text', text }, { kind: 'requestId' }, { kind: 'text', text: '\r\n' }];
    }
    case 'chunks':
      return [{ kind: 'chunks', text: unescape(inner.slice('chunks '.length)) }];
    case 'error':
      return [{ kind: 'error', status: Number(rest[0]), code: Number(rest[1]), hasBody: rest[2] !== 'head' }];
    default:
      throw new SyntaxError(`Cannot read the placeholder {${inner}}`);
  }
}

const escapes: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' };

function unescape(text: string): string {
  return text.replace(/\\(x[0-9a-f]{2}|.?)/gi, (whole, name: string) => {
    const char = name.length === 3 ? String.fromCharCode(Number.parseInt(name.slice(1), 16)) : escapes[name];
    if (char === undefined) throw new SyntaxError(`Cannot read the escape ${whole}`);
    return char;
  });
}

/** Compares what was received so far with what is expected next. */
export function matchPattern(parts: readonly Part[], received: string, options: MatchOptions = {}): Match {
  let at = 0;
  for (const part of parts) {
    const match = matchPart(part, received, { at, ...options });
    if (match.state !== 'whole') return match;
    at += match.length;
  }
  return { state: 'whole', length: at };
}

type Position = MatchOptions & { readonly at: number };

function matchPart(part: Part, received: string, from: Position): Match {
  switch (part.kind) {
    case 'text':
      return matchText(part.text, received, from);
    case 'requestId':
      return matchRequestId(received, from.at);
    case 'chunks':
      return matchChunks(part.text, received, from.at);
    case 'error':
      return matchError(part, received, from.at);
  }
}

function matchText(text: string, received: string, { at, extraLines = [], ignoresCase = false }: Position): Match {
  const same = (a: string, b: string): boolean => a === b || (ignoresCase && a.toLowerCase() === b.toLowerCase());
  let pos = at;
  for (let i = 0; i < text.length; i++) {
    const extra = received.endsWith('\r\n', pos) ? extraLines.find((line) => isExtra(line, received, pos)) : undefined;
    if (extra !== undefined && !text.startsWith(extra, i)) {
      if (received.length < pos + extra.length) return { state: 'unfinished' };
      pos += extra.length;
    }
    if (pos >= received.length) return { state: 'unfinished' };
    if (!same(received[pos] ?? '', text[i] ?? '')) return { state: 'different', at: pos };
    pos++;
  }
  return { state: 'whole', length: pos - at };
}

/** True also for the beginning of the line, if no more has come. */
function isExtra(line: string, received: string, pos: number): boolean {
  const here = received.slice(pos, pos + line.length);
  return here !== '' && line.startsWith(here);
}

function matchRequestId(received: string, at: number): Match {
  const id = received.slice(at, at + 31);
  if (/^req_[0-9A-Za-z]{27}$/.test(id)) return { state: 'whole', length: 31 };
  return id.length < 31 ? { state: 'unfinished' } : { state: 'different', at };
}

function matchChunks(text: string, received: string, at: number): Match {
  let pos = at;
  let left = text;
  while (left !== '') {
    const lineEnd = received.indexOf('\r\n', pos);
    if (lineEnd === -1) return { state: 'unfinished' };
    const size = Number.parseInt(received.slice(pos, lineEnd), 16);
    const chunk = `${left.slice(0, size)}\r\n`;
    const here = received.slice(lineEnd + 2, lineEnd + 2 + chunk.length);
    if (!(size > 0) || size > left.length || !chunk.startsWith(here)) return { state: 'different', at: pos };
    if (here.length < chunk.length) return { state: 'unfinished' };
    left = left.slice(size);
    pos = lineEnd + 2 + chunk.length;
  }
  return { state: 'whole', length: pos - at };
}

function matchError(part: Part & { kind: 'error' }, received: string, at: number): Match {
  const headEnd = received.indexOf('\r\n\r\n', at);
  if (headEnd === -1) return { state: 'unfinished' };
  const head = received.slice(at, headEnd + 2);
  const isOurs =
    head.startsWith(`HTTP/1.1 ${part.status} `) &&
    head.includes(`\r\nadit-error-code: ERR_ADIT_${part.code}\r\n`) &&
    /\r\nadit-request-id: req_[0-9A-Za-z]{27}\r\n/.test(head);
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
  if (!isOurs || length === undefined) return { state: 'different', at };
  const whole = headEnd + 4 - at + (part.hasBody ? Number(length) : 0);
  return received.length < at + whole ? { state: 'unfinished' } : { state: 'whole', length: whole };
}
