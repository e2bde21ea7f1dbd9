import type { ExplainedForward } from '../../domain/explanation.ts';

type Shown = Omit<ExplainedForward, 'isUnwrapped'>;

interface Forwarded {
  readonly target: string;
  /** Name, value, name, value. */
  readonly lines: readonly string[];
}

/**
 * What would be forwarded, as it may be shown. Once a policy has read a secret, whatever policies wrote may hold it, or what was
 * made of it: then only what came so is shown.
 */
export function explainedForward(came: Forwarded, goes: Forwarded, hasReadSecret: boolean): Shown {
  const known = hasReadSecret ? new Set(pairsOf(came.lines).map(keyOf)) : null;
  const headers = pairsOf(goes.lines).map((line) => ({
    name: line.name,
    value: known && !known.has(keyOf(line)) ? null : line.value,
  }));
  return { target: known && goes.target !== came.target ? null : goes.target, headers };
}

function pairsOf(lines: readonly string[]): { name: string; value: string }[] {
  return lines.flatMap((name, i) => (i % 2 === 0 ? [{ name, value: lines[i + 1] ?? '' }] : []));
}

function keyOf({ name, value }: { name: string; value: string }): string {
  return `${name.toLowerCase()}:${value}`;
}
