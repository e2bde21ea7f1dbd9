import type { Pattern } from '@adit/policy-kit';
import { RE2JS, RE2JSException } from 're2js';
import { EvaluationFailure } from './evaluation-failure.ts';
import { defaultExpressionLimits } from './expression-limits.ts';

/** Why a pattern cannot be used, for whoever wrote it. */
export class PatternProblem extends Error {
  override readonly name = 'PatternProblem';
}

/** What has no place in a pattern because it cannot be matched in linear time, as the library names it. */
const withoutLinearTime = /: `(?:\(\?<?[=!]|\(\?>|\\[1-9])/;

/**
 * A pattern of RE2's syntax, see <https://github.com/google/re2/wiki/Syntax>. It may match anywhere in a text.
 *
 * @param options.now Milliseconds, by which the time that replacing takes is bounded. Default: it is not, for who only tests.
 * @throws {PatternProblem} It is not one, or is too large.
 */
export function compilePattern(source: string, { now = () => 0 }: { now?: () => number } = {}): Re2Pattern {
  const { maxPatternChars, maxPatternSteps } = defaultExpressionLimits;
  if (source.length > maxPatternChars) throw new PatternProblem(`it is longer than ${maxPatternChars} characters`);
  const pattern = new Re2Pattern(source, compile(source), now);
  if (pattern.steps <= maxPatternSteps) return pattern;
  throw new PatternProblem(`with its repetitions written out it has more than ${maxPatternSteps} steps`);
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw new PatternProblem('it cannot be read');
    const { message } = error;
    if (withoutLinearTime.test(message))
      throw new PatternProblem('it looks ahead, behind or back, which is not supported');
    throw new PatternProblem(message.replace(/^error parsing regexp: /, ''));
  }
}

/** A class, since the expression engine knows values by their class. */
export class Re2Pattern implements Pattern {
  readonly source: string;
  /** Its size with repetitions written out. A match takes at most some 10 ns for each character and each of them. */
  readonly steps: number;
  readonly #compiled: RE2JS;
  readonly #now: () => number;

  constructor(source: string, compiled: RE2JS, now: () => number) {
    // By itself the library keeps up to 8 MB for each pattern of what it learned from texts.
    const { dfa } = compiled.re2();
    dfa.maxMem = dfa.stateBudget = dfa.memBudget = defaultExpressionLimits.maxPatternBytes;
    this.source = source;
    this.steps = compiled.programSize();
    this.#compiled = compiled;
    this.#now = now;
  }

  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  replace(text: string, replacement: string): { readonly text: string; readonly matches: readonly string[] } {
    const bound = new ReplaceBound(this.#now);
    const matcher = this.#compiled.matcher(new TimedText(text, () => bound.checkTime()) as unknown as string);
    const matches: string[] = [];
    let made = '';
    let end = 0;
    while (matcher.find()) {
      bound.check(made.length);
      made += text.slice(end, matcher.start()) + fill(replacement, (group) => groupOf(matcher, group));
      matches.push(matcher.group() ?? '');
      end = matcher.end();
    }
    bound.check(made.length);
    return { text: made + text.slice(end), matches };
  }
}

/** Who writes the text may be a stranger, and who writes pattern and replacement pays for neither. */
class ReplaceBound {
  readonly #now: () => number;
  readonly #startMs: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#startMs = now();
  }

  /** @throws {EvaluationFailure} It has become too long, or takes too long. */
  check(length: number): void {
    if (length > defaultExpressionLimits.maxReplacedChars) throw new EvaluationFailure('a text becomes too long');
    this.checkTime();
  }

  /** @throws {EvaluationFailure} It takes too long. */
  checkTime(): void {
    if (this.#now() - this.#startMs > defaultExpressionLimits.maxReplaceMs)
      throw new EvaluationFailure('replacing takes too long');
  }
}

/** At most some tenth of a second goes by while so many characters are read. */
const charsBetweenChecks = 4_096;

/**
 * A text that looks at the clock while it is read. One search in a long text takes linear time, but of a large pattern that is a
 * minute for a megabyte, and the library cannot be interrupted in it in another way. It takes String objects as it does strings.
 */
class TimedText extends String {
  readonly #text: string;
  readonly #check: () => void;
  #left = charsBetweenChecks;

  constructor(text: string, check: () => void) {
    super(text);
    this.#text = text;
    this.#check = check;
  }

  override charCodeAt(index: number): number {
    if (--this.#left === 0) {
      this.#left = charsBetweenChecks;
      this.#check();
    }
    return this.#text.charCodeAt(index);
  }
}

type Found = ReturnType<RE2JS['matcher']>;

/** A group that the pattern does not have, or that took no part in the match, is empty. */
function groupOf(matcher: Found, group: number): string {
  return group <= matcher.groupCount() ? (matcher.group(group) ?? '') : '';
}

function fill(replacement: string, group: (number: number) => string): string {
  return replacement.replace(/\$([1-9])/g, (_, digit: string) => group(Number(digit)));
}
