import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corpus, readAs } from './corpus-file.testkit.ts';
import {
  answersAgree,
  compared,
  differenceInAnswers,
  differenceInRequests,
  requestsAgree,
} from './differential.testkit.ts';
import { answerTexts, requestTexts } from './message-texts.testkit.ts';
import { bytewise, readAnswers, readRequests, type Seen, whole } from './read-all.testkit.ts';
import { answerHeadText, chunkEnd, chunkHead, lastChunk, requestHeadText } from './write-message.ts';

describe.each(corpus)('corpus/$name', (row) => {
  it('reads as the file says', () => {
    const { methods, expected } = row;
    if ((methods ?? []).length < 2) expect(readAs(row, whole)).toEqual(expected);
    expect(readAs(row, bytewise)).toEqual(expected);
  });

  it('is read no other way by the runtime', () => {
    const { methods, text } = row;
    expect(methods === null ? differenceInRequests(text) : differenceInAnswers(text, methods)).toBe('');
  });
});

describe('what the readers accept, the strict parser of the runtime reads in the same way', () => {
  it('of requests', () => {
    fc.assert(requestsAgree, { seed: 9112, numRuns: 10_000 });
    expect(compared.requests.whole).toBeGreaterThan(3_000);
  });

  it('of answers', () => {
    fc.assert(answersAgree, { seed: 9112, numRuns: 10_000 });
    expect(compared.answers.whole).toBeGreaterThan(3_000);
  });
});

describe('however the bytes come, the same is read', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 });

  it('of requests', () => {
    fc.assert(
      fc.property(requestTexts, sizes, (text, list) => {
        const expected = essence(readRequests(whole(text)));
        expect(essence(readRequests(bytewise(text)))).toEqual(expected);
        expect(essence(readRequests(split(text, list)))).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of an answer', () => {
    fc.assert(
      fc.property(answerTexts, sizes, ({ text, methods }, list) => {
        const one = methods.slice(0, 1);
        const expected = essence(readAnswers(whole(text), one));
        expect(essence(readAnswers(bytewise(text), one))).toEqual(expected);
        expect(essence(readAnswers(split(text, list), one))).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what is written is read back, or is refused', () => {
  const character = fc.oneof(
    fc.constantFrom(...'ab: \r\n\t\0é\u0100#'.split('')),
    fc.nat(300).map((code) => String.fromCharCode(code)),
  );
  const text = fc.oneof(fc.constantFrom('A', 'b-c', 'd e'), fc.string({ unit: character, maxLength: 6 }));
  const lines = fc.array(fc.tuple(text, text), { maxLength: 4 }).map((pairs) => pairs.flat());
  const trimmed = (list: readonly string[]): string[] => list.map((part) => part.replaceAll(/^[ \t]+|[ \t]+$/g, ''));

  it('as a request', () => {
    fc.assert(
      fc.property(fc.constantFrom('GET', 'PUT'), text, lines, (method, path, headers) => {
        const written = attempt(() => requestHeadText(method, `/${path}`, headers));
        if (written === null) return;
        const head = { method, target: `/${path}`, headers: trimmed(headers) };
        expect(readRequests(whole(written))).toMatchObject({ messages: [{ head, isWhole: true }], end: 'open' });
      }),
      { numRuns: 2_000 },
    );
  });

  it('as an answer with chunks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 600 }), text, lines, (status, reason, trailers) => {
        const coding = ['Transfer-Encoding', 'chunked'];
        const written = attempt(
          () => answerHeadText(status, reason, coding) + chunkHead(2) + 'ok' + chunkEnd + lastChunk(trailers),
        );
        if (written === null || status === 204 || status === 304) return;
        const expected = { head: { status, reason }, body: 'ok', trailers: trimmed(trailers), isWhole: true };
        expect(readAnswers(whole(written), ['GET']).messages).toMatchObject([expected]);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Null if it was refused. */
function attempt(write: () => string): string | null {
  try {
    return write();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return null;
  }
}

/** A reader may see another fault first when it sees the bytes in pieces. */
function essence<Head>({ messages, end }: Seen<Head>): object {
  return { messages, isRefused: end === 'malformed' || end === 'tooLarge', isOver: end === 'over' };
}

/** Cuts a text into pieces of these sizes, taken in turn. */
function split(text: string, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(Buffer.from(text.slice(at, at + size), 'latin1'));
    at += size;
  }
  return pieces;
}
