import type { Duplex } from 'node:stream';
import type { AditError } from '@adit/contracts';
import type { HeaderLines } from '../exchange.ts';
import type { UpstreamAnswer, UpstreamReceiver } from '../upstream.ts';

/** Writes down what it is told, one line each: `answer 200`, `body hello`, `end`, `failure 3004`. */
export class RecordingReceiver implements UpstreamReceiver {
  readonly told: string[] = [];
  answer: UpstreamAnswer | null = null;
  upgraded: Duplex | null = null;
  /** Called for each piece, e.g. to pause. */
  onPiece: () => void = () => {};

  onInterim(status: number, headers: HeaderLines): void {
    this.told.push(['interim', status, ...headers].join(' '));
  }
  onAnswer(answer: UpstreamAnswer): void {
    this.answer = answer;
    this.told.push(`answer ${answer.status}`);
  }
  onBody(piece: Buffer): void {
    this.told.push(`body ${piece.toString('latin1')}`);
    this.onPiece();
  }
  onBodyEnd(trailers: HeaderLines): void {
    this.told.push(['end', ...trailers].join(' '));
  }
  onUpgrade(answer: UpstreamAnswer, stream: Duplex): void {
    this.upgraded = stream;
    this.told.push(`upgrade ${answer.status}`);
  }
  onDrain(): void {
    this.told.push('drain');
  }
  onFailure(error: AditError, isStale: boolean): void {
    this.told.push(`failure ${error.code}${isStale ? ' stale' : ''}`);
  }
}
