import { renderEndpoints } from './screen-endpoints.ts';
import { duration, indented, labelled, paint, type ScreenSize } from './screen-line.ts';
import { renderRequests } from './screen-requests.ts';
import { sessionRows } from './screen-session.ts';
import type { ScreenState } from './screen-state.ts';

/** Lines about one thing. Where there is no room for all, the block with the highest `rank` is left out first. */
interface Block {
  readonly rank: number;
  readonly lines: readonly string[];
}

/** The public URL, or labels, alone on its line so that it can be copied whole. Goes into the scrollback, above the live part. */
export function renderUrl(url: string, size: ScreenSize): string {
  const indent = url.length + 2 > size.columns ? '' : '  ';
  return `\n${indent}${paint(url, 'bold', size)}\n\n`;
}

/**
 * The live part: a pure function of state and size. No line is longer than the terminal is wide, and there is one line less
 * than it is high, as the cursor stands below. What matters least is left out first; requests fill what is left.
 */
export function renderScreen(state: ScreenState, size: ScreenSize): string[] {
  const room = Math.max(1, size.rows - 1);
  const hint = hintBlocks(state, size);
  const [above, below] = fit([blocksAbove(state, size, room), hint], room);
  const left = room - above.length - below.length;
  return [...above, ...renderRequests(state.requests, size, left), ...below];
}

function blocksAbove(state: ScreenState, size: ScreenSize, room: number): Block[] {
  const [session, ...reason] = sessionRows(state).map((row) => labelled(row, size));
  const { account, serverVersion, inspectorUrl, roundTripMs, openConnections: open, totalConnections: total } = state;
  return [
    { rank: 0, lines: session ?? [] },
    { rank: 1, lines: reason.flat() },
    { rank: 8, lines: account ? labelled(['Account', account], size, 1) : [] },
    { rank: 9, lines: serverVersion ? labelled(['Server', serverVersion], size, 1) : [] },
    { rank: 5, lines: roundTripMs === null ? [] : labelled(['Round trip', duration(roundTripMs)], size, 1) },
    { rank: 6, lines: inspectorUrl ? labelled(['Inspector', inspectorUrl], size, 1) : [] },
    { rank: 1, lines: renderEndpoints(state.endpoints, size, room - 2 - reason.flat().length) },
    { rank: 4, lines: labelled(['Connections', `${open} open, ${total} total`], size, 1) },
  ];
}

function hintBlocks({ status, hasQr }: ScreenState, size: ScreenSize): Block[] {
  if (status.state === 'closed') return [];
  const text = hasQr ? 'q shows a QR code, Ctrl-C stops' : 'Ctrl-C stops';
  return [
    { rank: 7, lines: [''] },
    { rank: 2, lines: [indented(text, size, { by: 0, colour: 'dim' })] },
  ];
}

/** Leaves blocks out until the rest has room, at last cuts what is there. */
function fit(groups: readonly (readonly Block[])[], room: number): [string[], string[]] {
  let kept = groups;
  const linesOf = (blocks: readonly Block[] | undefined) => (blocks ?? []).flatMap(({ lines }) => lines);
  while (linesOf(kept.flat()).length > room) {
    const last = Math.max(...kept.flat().map(({ rank }) => rank));
    if (last <= 1) break;
    kept = kept.map((blocks) => blocks.filter(({ rank }) => rank !== last));
  }
  return [linesOf(kept[0]).slice(0, room), linesOf(kept[1])];
}
