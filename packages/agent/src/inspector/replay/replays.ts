import { AditError } from '@adit/contracts';
import type { Clock } from '@adit/sdk';
import type { Capture } from '../capture/capture.ts';
import type { InspectorLimits } from '../inspector-limits.ts';
import type { WatchedEndpoints } from '../watched-endpoints.ts';
import type { ReplayEdits } from './replay-request.ts';

export interface ReplaysOptions {
  readonly watched: WatchedEndpoints;
  readonly clock: Clock;
  readonly limits: InspectorLimits;
}

/** Sends captured requests again, straight to the upstream of their endpoint. */
export class Replays {
  readonly #options: ReplaysOptions;
  #underWay = 0;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /**
   * Resolves once the request is on its way; the answer is captured as any other.
   *
   * @param edits `endpointName`: only if the request belongs to that endpoint.
   * @throws {AditError} 9101: the endpoint is gone, or another. 9201: see `replayRequest`, or the endpoint speaks
   *   another protocol now. 3210: too many at once. And as `startReplay`.
   */
  async start(capture: Capture, edits: ReplayEdits & { readonly endpointName?: string | undefined }): Promise<void> {
    const { watched, clock, limits } = this.#options;
    const { endpointName } = capture.origin;
    const endpoint = watched.get(endpointName);
    if (!endpoint || (edits.endpointName ?? endpointName) !== endpointName) {
      throw new AditError(9101, 'Cannot replay this request: its endpoint is not online in this agent');
    }
    // Most agents never replay anything.
    const [{ replayRequest }, { startReplay }] = await Promise.all([
      import('./replay-request.ts'),
      import('./replay.ts'),
    ]);
    const request = replayRequest(capture, edits);
    if ((request.version === '2') !== (endpoint.speaks === 'http2')) throw otherProtocol();
    if (this.#underWay >= limits.maxReplays) throw tooMany();
    this.#underWay++;
    try {
      const connection = watched.replayCapture(capture, endpointName);
      const { proxyHeader } = capture.origin;
      const { ended } = await startReplay(request, { endpoint, proxyHeader, clock, limits, capture: connection });
      void ended.finally(() => this.#underWay--);
    } catch (error) {
      this.#underWay--;
      throw error;
    }
  }
}

function otherProtocol(): AditError {
  return new AditError(9201, 'Cannot replay this request: its endpoint speaks another protocol now');
}

function tooMany(): AditError {
  return new AditError(3210, 'Cannot replay this request: too many replays are under way');
}
