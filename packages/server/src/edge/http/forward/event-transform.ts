import { Transform, type TransformCallback } from 'node:stream';
import type { Close, Decision, Denial, PolicyEvent } from '@adit/policy-kit';
import type { Answered } from '../../../domain/chain.ts';
import { EventStreamParser, EventTooLong, type StreamPart } from './event-stream-parser.ts';
import { eventText } from './event-text.ts';

/** A policy does not let a message pass, so the stream ends. */
export class EventRefused extends Error {
  override readonly name = 'EventRefused';
  readonly refusal: Denial | Close;

  constructor(refusal: Denial | Close) {
    super(`A message was refused: ${refusal.reason}`);
    this.refusal = refusal;
  }
}

const tooLong: Denial = Object.freeze({ outcome: 'deny', reason: 'chain/event-too-long', code: 9613 });

/**
 * A stream of events on its way through a chain: each message leaves, as policies left it, as soon as it is whole and decided
 * on. Whatever is not `continue` ends the stream with `EventRefused`: a message cannot be answered.
 */
export class EventTransform extends Transform {
  readonly #ask: (event: PolicyEvent) => Answered;
  readonly #parser: EventStreamParser;

  /** @param maxChars See `EventStreamParser`. */
  constructor(ask: (event: PolicyEvent) => Answered, maxChars: number) {
    super();
    this.#ask = ask;
    this.#parser = new EventStreamParser(maxChars);
  }

  override _transform(piece: Buffer, _encoding: string, done: TransformCallback): void {
    void this.#passThen(piece, done);
  }

  async #passThen(piece: Buffer, done: TransformCallback): Promise<void> {
    done(await this.#pass(piece));
  }

  /** Answers what is wrong. Never rejects. */
  async #pass(piece: Buffer): Promise<Error | null> {
    try {
      for (const part of this.#parser.push(piece)) {
        await this.#decide(part);
        if (this.destroyed) return null;
        this.push(eventText(part));
      }
      return null;
    } catch (error) {
      return error instanceof EventTooLong ? new EventRefused(tooLong) : (error as Error);
    }
  }

  /** Waits only for policies that take time. */
  async #decide(part: StreamPart): Promise<void> {
    if (part.kind === 'comment') return;
    const decision = await this.#ask(part.event);
    if (decision.outcome !== 'continue') throw new EventRefused(refusalOf(decision));
  }
}

function refusalOf(decision: Exclude<Decision, { outcome: 'continue' }>): Denial | Close {
  if (decision.outcome === 'deny' || decision.outcome === 'close') return decision;
  return { outcome: 'deny', reason: decision.reason, code: 9004 };
}
