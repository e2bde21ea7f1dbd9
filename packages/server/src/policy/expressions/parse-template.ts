import { ExpressionProblem } from './expression-problem.ts';

/** A piece of a template: words, or an expression with the place where it begins. */
export type TemplatePiece = { readonly words: string } | { readonly expression: string; readonly offset: number };

/**
 * Takes `Hello ${req.method}` apart. An expression ends at the brace that belongs to it: those in its own texts, comments and
 * maps do not count. `$${` stands for `${` itself.
 *
 * @throws {ExpressionProblem} A `${` has no end, or nothing is in it.
 */
export function parseTemplate(text: string): TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let words = '';
  let at = 0;
  for (let next = text.indexOf('${'); next !== -1; next = text.indexOf('${', at)) {
    words += text.slice(at, next);
    if (words.endsWith('$') && text[next - 1] === '$') {
      words = `${words.slice(0, -1)}\${`;
      at = next + 2;
      continue;
    }
    const end = endOf(text, next + 2);
    if (end === -1) throw new ExpressionProblem('"${" has no "}" that ends it', { start: next, end: next + 2 });
    if (words !== '') pieces.push({ words });
    words = '';
    pieces.push(expressionOf(text, next + 2, end));
    at = end + 1;
  }
  words += text.slice(at);
  if (words !== '') pieces.push({ words });
  return pieces;
}

function expressionOf(text: string, start: number, end: number): TemplatePiece {
  const expression = text.slice(start, end);
  if (expression.trim() === '')
    throw new ExpressionProblem('"${}" has no expression in it', { start: start - 2, end: end + 1 });
  return { expression, offset: start };
}

/** Where the brace is that ends the expression; -1: nowhere. Reads as the engine does: a backslash escapes in raw texts too. */
function endOf(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '{') depth += 1;
    else if (char === '}' && depth === 0) return at;
    else if (char === '}') depth -= 1;
    else if (char === '"' || char === "'") at = endOfText(text, at);
    else if (char === '/' && text[at + 1] === '/') at = endOfLine(text, at);
    if (at === -1) return -1;
  }
  return -1;
}

/** The last quote of a text that begins at `start`; -1: it has none. */
function endOfText(text: string, start: number): number {
  const quote = text.slice(start, start + 1);
  const isTriple = text.startsWith(quote.repeat(3), start);
  const end = isTriple ? quote.repeat(3) : quote;
  for (let at = start + end.length; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text.startsWith(end, at)) return at + end.length - 1;
  }
  return -1;
}

function endOfLine(text: string, start: number): number {
  return text.indexOf('\n', start);
}
