// What an agent has to tell while it runs, and two ways to tell it: a live screen for a person (screen-view.ts), lines for
// programs and files (line-view.ts). Nothing here opens a session or decides anything.
import type { AditError } from '@adit/contracts';
import type { ConnectionEvent, ForwardEvent, SessionStatus } from '@adit/sdk';
import type { EndpointPlace } from './endpoint-place.ts';

/** A live endpoint: `id` and `url` are read whenever they are shown, as a reconnect may change them. A `Forward` is one. */
export interface ViewedEndpoint extends EndpointPlace {
  readonly id: string;
  readonly upstreamUrl: string;
  /** From the configuration. Default: none. */
  readonly name?: string | undefined;
}

/** One request that was answered, as the inspector saw it. Good for the call only; whoever keeps it copies it. */
export interface ViewedRequest {
  readonly method: string;
  /** With or without its query, which is never shown: it may hold secrets. */
  readonly path: string;
  /** Null: no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
}

/** Told of all that happens, in the order in which it happens. */
export interface AgentView {
  status(status: SessionStatus): void;
  /** An endpoint is online for the first time. Its later changes come by `forward`. */
  endpoint(endpoint: ViewedEndpoint): void;
  forward(event: ForwardEvent): void;
  connection(event: ConnectionEvent): void;
  roundTrip(milliseconds: number): void;
  /** Where the local inspector listens. */
  inspector(url: string): void;
  request(request: ViewedRequest): void;
  /** An operator restarted the agent. Not null: it could not be done, and everything is as before. */
  restarted(error: AditError | null): void;
  warning(text: string): void;
  /** It is over; nothing is told afterwards, and the terminal is as it was. Null: in order. Calling twice is harmless. */
  end(error: AditError | null): void;
}

/** Two lines for people: what failed and why; what to do, and the code to look up. */
export function errorText(error: AditError): string {
  return `adit: ${error.message}\n${error.row.help} (${error.wireCode})\n`;
}

/** One line for people. */
export function restartFailure({ message, wireCode }: AditError): string {
  return `the restart that an operator asked for failed, everything is as before: ${message} (${wireCode})`;
}
