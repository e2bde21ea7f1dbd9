import type { SessionStatus } from '@adit/sdk';
import type { ViewedRequest } from './agent-view.ts';

/** One endpoint as it is drawn. */
export interface ShownEndpoint {
  readonly name?: string | undefined;
  /** Or its labels. */
  readonly url: string;
  readonly upstreamUrl: string;
  /** What is wrong with it; null: nothing. */
  readonly problem: string | null;
}

/** All that the live screen shows. Texts from outside may be anything: they are made plain where they are drawn. */
export interface ScreenState {
  readonly status: SessionStatus;
  /** Milliseconds until the next attempt to reconnect; counts down. */
  readonly retryInMs: number;
  /** Since the last heartbeat, when the next one is late; null: it is not. */
  readonly silentMs: number | null;
  /** Kept from the last time it was online; empty: the server does not tell, and there is no such row. */
  readonly account: string;
  readonly serverVersion: string;
  readonly roundTripMs: number | null;
  readonly inspectorUrl: string | null;
  readonly endpoints: readonly ShownEndpoint[];
  readonly openConnections: number;
  readonly totalConnections: number;
  /** Newest first. */
  readonly requests: readonly ViewedRequest[];
  /** True: q shows a QR code. */
  readonly hasQr: boolean;
}
