import { styleText } from 'node:util';
import type { AditError } from '@adit/contracts';
import type { SessionStatus } from '@adit/sdk';

/** All that the live screen shows. */
export interface ScreenState {
  readonly status: SessionStatus;
  /** Kept from the last time it was online; empty: the server does not tell, and there is no such row. */
  readonly account: string;
  readonly upstreamUrl: string;
  readonly roundTripMs: number | null;
  readonly openConnections: number;
  readonly totalConnections: number;
  /** Of the last connection, or of the forward. */
  readonly problem: AditError | null;
}

export interface ScreenSize {
  readonly columns: number;
  readonly hasColour: boolean;
}

type Colour = 'bold' | 'dim' | 'green' | 'yellow' | 'red';
type Row = readonly [label: string, value: string, colour?: Colour];

const labelWidth = 13;

/** The public URL, alone on its line so that it can be copied whole. Goes into the scrollback, above the live part. */
export function renderUrl(url: string, size: ScreenSize): string {
  const indent = url.length + 2 > size.columns ? '' : '  ';
  return `\n${indent}${paint(url, 'bold', size)}\n\n`;
}

/** The live part: a pure function of state and size, no line longer than the terminal is wide. */
export function renderScreen(state: ScreenState, size: ScreenSize): string {
  const rows: Row[] = [
    sessionRow(state.status),
    ...(state.account ? [['Account', state.account] as const] : []),
    ['Forwards to', state.upstreamUrl],
    ['Round trip', state.roundTripMs === null ? '-' : milliseconds(state.roundTripMs)],
    ['Connections', `${state.openConnections} open, ${state.totalConnections} total`],
    lastStatusRow(state),
  ];
  const lines = rows.flatMap((row) => renderRow(row, size));
  if (state.status.state !== 'closed') lines.push('', paint('Ctrl-C stops', 'dim', size));
  return lines.join('\n');
}

function sessionRow(status: SessionStatus): Row {
  switch (status.state) {
    case 'connecting':
      return ['Session', 'connecting', 'yellow'];
    case 'online':
      return ['Session', 'online', 'green'];
    case 'reconnecting':
      return ['Session', `reconnecting ${soon(status.retryInMs)}`, 'yellow'];
    case 'closed':
      return ['Session', status.reason === 'stopped' ? 'stopped by the operator' : 'stopped', 'yellow'];
  }
}

function lastStatusRow({ status, problem }: ScreenState): Row {
  const error = status.state === 'reconnecting' ? status.error : problem;
  return error ? ['Last status', error.message, 'red'] : ['Last status', 'ok', 'green'];
}

function soon(inMs: number): string {
  return inMs < 1000 ? 'now' : `in ${Math.round(inMs / 1000)} s`;
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

function renderRow([label, value, colour]: Row, size: ScreenSize): string[] {
  return wrap(value, Math.max(1, size.columns - labelWidth)).map((line, i) => {
    const head = (i === 0 ? label : '').padEnd(labelWidth);
    return `${paint(head, 'dim', size)}${colour ? paint(line, colour, size) : line}`;
  });
}

/** Breaks at spaces, inside a word only where it is wider than a line; what three lines do not hold is cut off. */
function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ').flatMap((long) => pieces(long, width))) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  const [first = '', second, third, ...rest] = lines;
  const end = rest.length > 0 && third !== undefined ? `${third.slice(0, width - 1)}…` : third;
  return [first, second, end].filter((line) => line !== undefined);
}

function pieces(word: string, width: number): string[] {
  return word.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [];
}

function paint(text: string, colour: Colour, size: ScreenSize): string {
  return size.hasColour ? styleText(colour, text, { validateStream: false }) : text;
}
