import { contentDecoders, type Denial, forgetContent, type HeaderFields } from '@adit/policy-kit';
import type { ChainRequest } from '../../../domain/chain.ts';
import type { AnswerView } from './answer-view.ts';
import { EventTransform } from './event-transform.ts';

const unreadable: Denial = Object.freeze({ outcome: 'deny', reason: 'chain/unreadable-events', code: 9613 });

/**
 * If the answer is a stream of events, a chain with rules for them sees each: also where the service compresses them. Answers
 * a denial when it does so in a way that cannot be undone, or sends a part of it, which may begin within a message.
 */
export function watchEvents(view: AnswerView, asked: ChainRequest, maxChars: number): Denial | null {
  if (!asked.decidesEvents || !view.hasBody || !isEventStream(view.headers)) return null;
  const decoders = contentDecoders(view.headers);
  if (decoders === null || view.status === 206) return unreadable;
  forgetContent(view.headers);
  for (const decoder of decoders) view.addTransform(decoder);
  view.addTransform(new EventTransform((event) => asked.event(event), maxChars));
  return null;
}

function isEventStream(headers: HeaderFields): boolean {
  return headers.values('content-type').some((value) => /^\s*text\/event-stream\s*(?:;|,|$)/i.test(value));
}
