import type { AditError } from '@adit/contracts';
import type { Clock, ConnectionEvent, ForwardEvent, SessionStatus } from '@adit/sdk';
import type { CommandIo } from '../command.ts';
import { errorText, type HttpView } from './http-view.ts';

type Fields = Readonly<Record<string, string | number>>;

export interface LineViewOptions extends Pick<CommandIo, 'stdout' | 'stderr'> {
  readonly format: 'json' | 'term';
  readonly upstreamUrl: string;
  readonly clock: Clock;
}

const failureIntervalMs = 1000;

/**
 * One line on stdout for each thing that happens. JSON: `lvl` (info, warn, error), `msg` and `t` (ISO 8601) always, then
 * what belongs to the message. These lines are an interface: programs read them.
 */
export class LineView implements HttpView {
  readonly #options: LineViewOptions;
  #isOnline = false;
  #url = '';
  #nextFailureMs = 0;
  #unsaid = 0;

  constructor(options: LineViewOptions) {
    this.#options = options;
  }

  status(status: SessionStatus): void {
    const wasOnline = this.#isOnline;
    this.#isOnline = status.state === 'online';
    if (status.state === 'online') return this.#line('info', 'session online', { account: status.account });
    if (status.state !== 'reconnecting') return;
    const msg = wasOnline ? 'session lost, reconnecting' : 'reconnect failed, trying again';
    this.#line('warn', msg, { ...errorFields(status.error), retryInMs: status.retryInMs });
  }

  forward(event: ForwardEvent): void {
    if (event.state === 'waiting') return this.#line('warn', 'tunnel refused, trying again', errorFields(event.error));
    if (event.state !== 'online' || event.url === this.#url) return;
    this.#url = event.url;
    this.#line('info', 'started tunnel', { url: event.url, addr: this.#options.upstreamUrl });
  }

  /** A busy endpoint without its service fails thousands of times a minute: at most one line a second says so. */
  connection({ state, error }: ConnectionEvent): void {
    if (state !== 'closed' || !error) return;
    const nowMs = this.#options.clock.now();
    if (nowMs < this.#nextFailureMs) return void this.#unsaid++;
    this.#nextFailureMs = nowMs + failureIntervalMs;
    this.#line('warn', 'upstream failed', { ...errorFields(error), unsaid: this.#unsaid });
    this.#unsaid = 0;
  }

  roundTrip(): void {}

  warning(text: string): void {
    this.#line('warn', text, {});
  }

  end(error: AditError | null): void {
    if (!error) return this.#line('info', 'stopped', {});
    if (this.#options.format === 'json') this.#line('error', 'failed', { ...errorFields(error), help: error.row.help });
    this.#options.stderr.write(errorText(error));
  }

  #line(lvl: 'info' | 'warn' | 'error', msg: string, fields: Fields): void {
    const { stdout, format, clock } = this.#options;
    const line = { lvl, msg, ...fields, t: new Date(clock.now()).toISOString() };
    stdout.write(format === 'json' ? `${JSON.stringify(line)}\n` : textLine(line, fields));
  }
}

function errorFields(error: AditError): Fields {
  return { err: error.message, code: error.wireCode };
}

function textLine({ t, lvl, msg }: { t: string; lvl: string; msg: string }, fields: Fields): string {
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return `${t} ${lvl} ${msg}${pairs.join('')}\n`;
}
