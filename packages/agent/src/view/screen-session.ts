import type { Colour } from './screen-line.ts';
import type { ScreenState } from './screen-state.ts';

type Row = readonly [label: string, value: string, colour: Colour];

/** How the session stands, and why if it is not well. */
export function sessionRows({ status, silentMs, retryInMs }: ScreenState): Row[] {
  switch (status.state) {
    case 'connecting':
      return [['Session', 'connecting', 'yellow']];
    case 'online':
      if (silentMs === null) return [['Session', 'online', 'green']];
      return [['Session', `online, but no heartbeat for ${seconds(silentMs)}`, 'yellow']];
    case 'reconnecting':
      return [
        ['Session', retryInMs < 1000 ? 'reconnecting now' : `reconnecting in ${seconds(retryInMs)}`, 'yellow'],
        ['', status.error.message, 'red'],
      ];
    case 'closed':
      return [['Session', status.reason === 'stopped' ? 'stopped by the operator' : 'stopped', 'yellow']];
  }
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`;
}
