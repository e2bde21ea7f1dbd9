import type { Clock } from '@adit/sdk';
import type { AgentFacts } from '../agent-facts.ts';
import type { CaptureStore } from '../capture/capture-store.ts';
import type { Answer } from '../door/answer.ts';
import type { InspectorLimits } from '../inspector-limits.ts';
import type { Replays } from '../replay/replays.ts';
import type { WatchedEndpoints } from '../watched-endpoints.ts';

/** What the operations of the API work on. */
export interface ApiContext {
  readonly agent: AgentFacts;
  readonly store: CaptureStore;
  readonly watched: WatchedEndpoints;
  readonly replays: Replays;
  readonly limits: InspectorLimits;
  readonly clock: Clock;
}

export interface ApiCall {
  /** The part of the path that varies, unescaped; empty if none does. */
  readonly param: string;
  readonly query: URLSearchParams;
  /** JSON; undefined without a body. */
  readonly body: unknown;
}

/** One operation. `:` in the path stands for one segment. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** @throws {AditError} Becomes the error answer. */
  run(call: ApiCall, context: ApiContext): Answer | Promise<Answer>;
}
