import type { VisitorCount } from './steady-visitor.ts';

/** What one fault did. Times are of this machine, now: for people to read, never to be asserted on. */
export interface Fault {
  readonly what: string;
  /** When it happened, and when the side that has to deal with it did; `performance.now()`. Undefined: nobody notices. */
  readonly startedAt: number;
  readonly noticedAt?: number | undefined;
  /** Undefined: it does not recover by itself. */
  readonly recoveredAt?: number | undefined;
  /** Of a steady visitor; text: why that has no meaning. */
  readonly visitor: VisitorCount | string;
}

const faults: Fault[] = [];

/** A row of the table. */
export function note(fault: Fault): void {
  faults.push(fault);
}

/** The table of all that was noted, in Markdown. */
export function faultTable(): string {
  const rows = faults.map((fault) => [
    fault.what,
    since(fault, fault.noticedAt),
    since(fault, fault.recoveredAt),
    ...visits(fault.visitor),
  ]);
  const head = ['fault', 'noticed after', 'recovered after', 'requests lost', 'what those saw', 'longest wait'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function visits(visitor: VisitorCount | string): string[] {
  if (typeof visitor === 'string') return [visitor, '–', '–'];
  const { sent, lost, losses, longestMs } = visitor;
  const saw = Object.entries(losses).map(([what, count]) => `${count} × ${what}`);
  return [`${lost} of ${sent}`, saw.join(', ') || '–', longestMs === undefined ? '–' : seconds(longestMs)];
}

function since({ startedAt }: Fault, at: number | undefined): string {
  return at === undefined ? '–' : seconds(at - startedAt);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
