import { plainText, widthOf } from './plain-text.ts';
import { indented, labelled, labelWidth, type ScreenSize } from './screen-line.ts';
import type { ShownEndpoint } from './screen-state.ts';
import { defaultViewLimits as limits } from './view-limits.ts';
import { wrapText } from './wrap-text.ts';

const arrow = ' → ';

/** Each endpoint with its upstream and what is wrong with it; the last ones are only counted where there is no room. */
export function renderEndpoints(endpoints: readonly ShownEndpoint[], size: ScreenSize, maxLines: number): string[] {
  // Beside the label, or on lines of their own as soon as one of them is too long for that.
  const isWide = endpoints.every((endpoint) => widthOf(lineOf(endpoint)) <= size.columns - labelWidth);
  const lines: string[] = [];
  for (const [i, endpoint] of endpoints.entries()) {
    const head = isWide ? labelled([i === 0 ? 'Endpoints' : '', lineOf(endpoint)], size) : narrowLines(endpoint, size);
    const next = [...head, ...problemLines(endpoint, size, isWide ? labelWidth : 2)];
    const kept = i === endpoints.length - 1 ? 0 : 1;
    if (lines.length + next.length + kept > maxLines) {
      return i === 0 ? next.slice(0, maxLines) : [...lines, rest(endpoints.length - i, size, isWide ? labelWidth : 0)];
    }
    lines.push(...next);
  }
  return lines;
}

function lineOf({ name, url, upstreamUrl }: ShownEndpoint): string {
  return `${url}${arrow}${upstreamUrl}${name ? ` (${name})` : ''}`;
}

function narrowLines({ url, upstreamUrl }: ShownEndpoint, size: ScreenSize): string[] {
  return [indented(url, size, { by: 0 }), indented(`${arrow.trim()} ${upstreamUrl}`, size, { by: 2 })];
}

function problemLines({ problem }: ShownEndpoint, size: ScreenSize, by: number): string[] {
  if (!problem) return [];
  const lines = wrapText(plainText(problem), Math.max(1, size.columns - by), limits.maxErrorLines);
  return lines.map((line) => indented(line, size, { by, colour: 'red' }));
}

function rest(count: number, size: ScreenSize, by: number): string {
  return indented(`… and ${count} more`, size, { by, colour: 'dim' });
}
