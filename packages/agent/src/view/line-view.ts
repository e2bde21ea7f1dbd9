import type { AditError } from '@adit/contracts';
import type { Clock, ConnectionEvent, ForwardEvent, SessionStatus } from '@adit/sdk';
import type { Output } from '../command.ts';
import type { AgentView, ViewedEndpoint, ViewedRequest } from './agent-view.ts';
import { type EndpointPlace, placeText } from './endpoint-place.ts';
import { formatLine, isLogged, type LogFormat, type LogLevel, type LogValue } from './log-line.ts';
import { type LogMessageName, logMessages } from './log-messages.ts';
import { type Hide, hideSecrets, withoutQuery } from './plain-text.ts';
import { SilenceWatch } from './silence-watch.ts';
import { defaultViewLimits as limits } from './view-limits.ts';
import { type EndpointState, ViewedEndpoints } from './viewed-endpoints.ts';

export interface LineViewOptions {
  readonly output: Output;
  readonly format: LogFormat;
  readonly level: LogLevel;
  readonly clock: Clock;
  heartbeatIntervalMs(): number;
  /** Default: our own secrets and those of URLs. */
  readonly hide?: Hide | undefined;
}

type FieldsOf<Name extends LogMessageName> = Readonly<
  Partial<Record<(typeof logMessages)[Name]['fields'][number], LogValue | undefined>>
>;

type PlaceFields = { readonly url: string } | { readonly labels: string };

/** When to say again that an upstream fails. */
interface FailureNotes {
  nextMs: number;
  unsaid: number;
}

/**
 * One line for each thing that happens: `lvl`, `msg` and `t` (ISO 8601) always, then what belongs to the message. These
 * lines are an interface: programs read them. All of them are in log-messages.ts.
 */
export class LineView implements AgentView {
  readonly #options: LineViewOptions;
  readonly #hide: Hide;
  readonly #endpoints = new ViewedEndpoints();
  readonly #failures = new WeakMap<EndpointState, FailureNotes>();
  readonly #silence: SilenceWatch;
  #isOnline = false;
  #isStoppedByOperator = false;
  #isOver = false;

  constructor(options: LineViewOptions) {
    this.#options = options;
    this.#hide = options.hide ?? hideSecrets([]);
    const onSilence = (silentMs: number) => this.#log('noHeartbeat', { silentMs });
    this.#silence = new SilenceWatch({ ...options, onSilence });
  }

  status(status: SessionStatus): void {
    const wasOnline = this.#isOnline;
    this.#isOnline = status.state === 'online';
    if (status.state === 'online') {
      this.#silence.beat();
      return this.#log('sessionOnline', { account: status.account, serverVersion: status.serverVersion });
    }
    this.#silence.stop();
    this.#isStoppedByOperator = status.state === 'closed' && status.reason === 'stopped';
    if (status.state !== 'reconnecting') return;
    const { error, retryInMs } = status;
    this.#log(wasOnline ? 'sessionLost' : 'reconnectFailed', { ...errorFields(error), retryInMs });
  }

  endpoint(endpoint: ViewedEndpoint): void {
    this.#endpoints.add(endpoint);
    this.#started(endpoint);
  }

  forward(event: ForwardEvent): void {
    const known = this.#endpoints.find(event.id);
    const place = placeFields({ url: event.url, labels: known?.endpoint.labels });
    if (event.state === 'waiting') return this.#log('tunnelRefused', { ...place, ...errorFields(event.error) });
    if (event.state === 'closed') return this.#closed(event, place);
    if (!known || known.url === event.url) return;
    known.url = event.url;
    this.#started(known.endpoint);
  }

  connection({ state, forwardId, error }: ConnectionEvent): void {
    const known = this.#endpoints.find(forwardId);
    if (!known) return;
    if (error) return this.#upstreamFailed(known, error);
    if (state !== 'reached' || !known.upstreamError) return;
    known.upstreamError = null;
    this.#failures.delete(known);
    this.#log('upstreamBack', { ...placeFields(known.endpoint), addr: known.endpoint.upstreamUrl });
  }

  roundTrip(): void {
    if (this.#isOnline) this.#silence.beat();
  }

  inspector(url: string): void {
    this.#log('inspectorStarted', { addr: url });
  }

  request(request: ViewedRequest): void {
    if (!isLogged(logMessages.request.lvl, this.#options.level)) return;
    const { method, path, status, durationMs } = request;
    this.#log('request', { method, path: withoutQuery(path), status: status ?? 0, durationMs: Math.round(durationMs) });
  }

  restarted(error: AditError | null): void {
    if (error) this.#log('restartFailed', errorFields(error));
    else this.#log('restarted', {});
  }

  warning(text: string): void {
    this.#log('warning', { text });
  }

  end(error: AditError | null): void {
    if (this.#isOver) return;
    this.#silence.stop();
    if (error) this.#log('failed', { ...errorFields(error), help: error.row.help });
    else this.#log('stopped', { by: this.#isStoppedByOperator ? 'operator' : 'user' });
    this.#isOver = true;
  }

  #started(endpoint: ViewedEndpoint): void {
    const { name, upstreamUrl: addr } = endpoint;
    this.#log('startedTunnel', { ...placeFields(endpoint), addr, name });
  }

  #closed({ id, error }: Extract<ForwardEvent, { state: 'closed' }>, place: PlaceFields): void {
    this.#endpoints.remove(id);
    if (error) this.#log('tunnelFailed', { ...place, ...errorFields(error) });
    else this.#log('stoppedTunnel', place);
  }

  /** A busy endpoint without its service fails thousands of times a minute: at most one line a second says so. */
  #upstreamFailed(known: EndpointState, error: AditError): void {
    const nowMs = this.#options.clock.now();
    const notes = this.#failures.get(known) ?? { nextMs: nowMs, unsaid: 0 };
    this.#failures.set(known, notes);
    known.upstreamError = error;
    if (nowMs < notes.nextMs) return void notes.unsaid++;
    const { unsaid } = notes;
    Object.assign(notes, { nextMs: nowMs + limits.failureIntervalMs, unsaid: 0 });
    const { endpoint } = known;
    this.#log('upstreamFailed', {
      ...{ ...placeFields(endpoint), addr: endpoint.upstreamUrl },
      ...{ ...errorFields(error), unsaid },
    });
  }

  #log<Name extends LogMessageName>(name: Name, values: FieldsOf<Name>): void {
    const { output, format, level, clock } = this.#options;
    const { lvl, msg } = logMessages[name];
    if (this.#isOver || !isLogged(lvl, level)) return;
    const fields = Object.fromEntries(Object.entries<LogValue | undefined>(values).filter(isSet));
    output.write(formatLine({ timeMs: clock.now(), lvl, msg, fields }, format, this.#hide));
  }
}

function isSet(entry: [string, LogValue | undefined]): entry is [string, LogValue] {
  return entry[1] !== undefined;
}

/** A program that reads `url` is to find a URL there. */
function placeFields(place: EndpointPlace): PlaceFields {
  return place.labels ? { labels: placeText(place) } : { url: place.url };
}

function errorFields(error: AditError): { err: string; code: string } {
  return { err: error.message, code: error.wireCode };
}
