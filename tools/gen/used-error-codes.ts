import { errorTable } from '@adit/contracts';
import type { SourceFile } from './source-files.ts';

/** Codes below are also HTTP statuses, sizes and delays: they count only where an error is made. */
const leastUnmistakable = 1_000;

/** The codes of the table that no source makes an error of. To compare with one (`=== 9220`) is not to make one. */
export function unusedErrorCodes(sources: readonly SourceFile[]): number[] {
  const code = sources.map(({ text }) => withoutComments(text)).join('\n');
  return Object.keys(errorTable)
    .map(Number)
    .filter((number) => !useOf(number).test(code));
}

function useOf(code: number): RegExp {
  const literal = `(?<![\\d_.]|[=!]==\\s)${code}(?![\\d_.])`;
  if (code >= leastUnmistakable) return new RegExp(literal);
  // Named as a code, or among the first arguments of what makes errors: AditError(…), reader(…), refuse(…), #failed(…).
  const named = `[cC]ode\\w*\\s*[:=]\\s*${literal}`;
  const argument = `(?:reader|\\w*(?:[eE]rror|[fF]ail|[rR]efus|[dD]en)\\w*)\\((?:[^'"\`()]*[^\\w'"\`()])?${literal}`;
  return new RegExp(`${named}|${argument}`);
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\/|(?<!:)\/\/.*$/gm, '');
}
