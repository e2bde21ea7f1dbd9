import type { ViewedRequest } from './agent-view.ts';
import { withoutQuery } from './plain-text.ts';
import { type Colour, cell, duration, paint, type ScreenSize } from './screen-line.ts';

const methodWidth = 7;
const statusWidth = 3;
const durationWidth = 7;
const minPathWidth = 6;
/** Two columns between cells. */
const gap = '  ';
const otherColumns = methodWidth + statusWidth + durationWidth + 3 * gap.length;

/** The last requests, newest first, below an empty line: as many as there is room for. */
export function renderRequests(requests: readonly ViewedRequest[], size: ScreenSize, room: number): string[] {
  if (size.columns < otherColumns + minPathWidth) return [];
  const shown = requests.slice(0, Math.max(0, room - 1));
  return shown.length === 0 ? [] : ['', ...shown.map((request) => renderRequest(request, size))];
}

function renderRequest({ method, path, status, durationMs }: ViewedRequest, size: ScreenSize): string {
  const code = cell(status === null ? '-' : String(status), statusWidth);
  return [
    cell(method, methodWidth),
    cell(withoutQuery(path), size.columns - otherColumns),
    paint(code, colourOf(status), size),
    cell(duration(durationMs), durationWidth).trimEnd().padStart(durationWidth),
  ].join(gap);
}

function colourOf(status: number | null): Colour {
  if (status === null || status >= 500) return 'red';
  return status >= 400 ? 'yellow' : 'green';
}
