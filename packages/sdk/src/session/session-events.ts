// What a session tells whoever watches it. No event holds a secret: no token, cookie, header or payload.
import type { AditError } from '@adit/contracts';

/** Where a session stands. With several legs it is online as long as one of them is. */
export type SessionStatus =
  | { readonly state: 'connecting' }
  | { readonly state: 'online'; readonly account: string; readonly serverVersion: string }
  /** Lost; `error` says why. The next attempt comes in `retryInMs` milliseconds, 0: now. */
  | { readonly state: 'reconnecting'; readonly error: AditError; readonly attempt: number; readonly retryInMs: number }
  /** Over. `closed`: `close()` or the signal. `stopped`: by an operator. `failed`: first connect failed, or refused. */
  | { readonly state: 'closed'; readonly reason: 'closed' | 'stopped' | 'failed'; readonly error: AditError | null };

/** One of the connections of a session. */
export interface LegStatus {
  readonly state: 'online' | 'reconnecting';
  /** Of its last heartbeat, in milliseconds; null: none has come back yet. */
  readonly roundTripMs: number | null;
}

/** One visitor connection. `reached`: the upstream has taken it; that never comes when the visitor leaves before. */
export interface ConnectionEvent {
  readonly state: 'opened' | 'reached' | 'closed';
  readonly forwardId: string;
  /** `ip:port` of the visitor, as the server says. */
  readonly clientAddress: string;
  /** Set on `closed` when the upstream could not be reached: 8012, 9001 for no answer, or 9308. */
  readonly error: AditError | null;
}

/** One forward; `url` is empty where it has labels. `waiting`: the server refused it after a reconnect, it is tried again. */
export type ForwardEvent =
  | { readonly state: 'online'; readonly id: string; readonly url: string }
  | { readonly state: 'waiting'; readonly id: string; readonly url: string; readonly error: AditError }
  | { readonly state: 'closed'; readonly id: string; readonly url: string; readonly error: AditError | null };

export interface SessionEvents {
  status: [SessionStatus];
  connection: [ConnectionEvent];
  forward: [ForwardEvent];
  /** Milliseconds that one heartbeat took there and back. */
  roundTrip: [number];
}
