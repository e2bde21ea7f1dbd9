import { frameFlags } from '../protocol.ts';
import { FrameBuffer } from './frame-buffer.ts';
import { FrameParser } from './frame-parser.ts';

/** One frame, whole. */
export type Frame =
  | { kind: 'data'; streamId: number; flags: number; payload: Buffer }
  | { kind: 'reset'; streamId: number; code: number }
  | { kind: 'windowIncrement'; streamId: number; increment: number }
  | { kind: 'ping'; number: number; flags: number }
  | { kind: 'goAway'; code: number; reason: string }
  | { kind: 'malformed'; problem: string };

/** Puts the pieces that the parser hands on back together: frames whole, in order. */
export class FrameCollector {
  readonly frames: Frame[] = [];
  readonly #parser: FrameParser;
  #payload: Buffer[] = [];
  #open: { streamId: number; flags: number } | null = null;

  constructor(maxFrameBytes = 1024 * 1024, hasSessionFrames = false) {
    this.#parser = new FrameParser(maxFrameBytes, hasSessionFrames);
  }

  feed(chunk: Buffer): void {
    const parser = this.#parser;
    parser.feed(chunk);
    for (let event = parser.next(); event !== 'none'; event = parser.next()) {
      switch (event) {
        case 'data':
          this.#open = { streamId: parser.streamId, flags: parser.flags };
          if (parser.bodyLength === 0) this.#endData();
          break;
        case 'payload':
          this.#payload.push(parser.payload);
          if (parser.bodyLeft === 0) this.#endData();
          break;
        case 'reset':
          this.frames.push({ kind: 'reset', streamId: parser.streamId, code: parser.value });
          break;
        case 'windowIncrement':
          this.frames.push({ kind: 'windowIncrement', streamId: parser.streamId, increment: parser.value });
          break;
        case 'ping':
          this.frames.push({ kind: 'ping', number: parser.value, flags: parser.flags });
          break;
        case 'goAway':
          this.frames.push({ kind: 'goAway', code: parser.value, reason: parser.payload.toString() });
          break;
        case 'malformed':
          this.frames.push({ kind: 'malformed', problem: parser.problem });
          break;
      }
    }
  }

  #endData(): void {
    if (this.#open === null) throw new Error('DATA ended before it began');
    this.frames.push({ kind: 'data', ...this.#open, payload: Buffer.concat(this.#payload) });
    this.#payload = [];
    this.#open = null;
  }
}

export function decodeFrames(bytes: Buffer, hasSessionFrames = false): Frame[] {
  const collector = new FrameCollector(undefined, hasSessionFrames);
  collector.feed(bytes);
  return collector.frames;
}

export function encodeFrames(frames: readonly Frame[]): Buffer {
  const buffer = new FrameBuffer();
  for (const frame of frames) {
    switch (frame.kind) {
      case 'data':
        buffer.data(frame.streamId, frame.flags, frame.payload);
        break;
      case 'reset':
        buffer.reset(frame.streamId, frame.code);
        break;
      case 'windowIncrement':
        buffer.windowIncrement(frame.streamId, frame.increment);
        break;
      case 'ping':
        buffer.ping(frame.number, frame.flags);
        break;
      case 'goAway':
        buffer.goAway(0, frame.code, frame.reason);
        break;
      case 'malformed':
        throw new TypeError('A malformed frame cannot be encoded');
    }
  }
  return buffer.bytes;
}

const flagNames = { [frameFlags.syn]: 'SYN', [frameFlags.fin]: 'FIN' };

/** A frame as one line: what the files in testdata/frames say. */
export function toText(frame: Frame): string {
  switch (frame.kind) {
    case 'data': {
      const flags = [frameFlags.syn, frameFlags.fin]
        .filter((flag) => frame.flags & flag)
        .map((flag) => flagNames[flag]);
      return ['DATA', frame.streamId, ...flags, frame.payload.toString('hex')].join(' ').trim();
    }
    case 'reset':
      return `RST ${frame.streamId} code ${frame.code}`;
    case 'windowIncrement':
      return `WNDINC ${frame.streamId} ${frame.increment}`;
    case 'ping':
      return `PING ${frame.number}${frame.flags & frameFlags.answer ? ' ANSWER' : ''}`;
    case 'goAway':
      return `GOAWAY code ${frame.code} ${JSON.stringify(frame.reason)}`;
    case 'malformed':
      return `malformed: ${frame.problem}`;
  }
}
