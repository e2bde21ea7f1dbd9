import type { ClientRequest, IncomingMessage } from 'node:http';
import { AditError } from '@adit/contracts';
import type { OutgoingAnswer } from '@adit/policy-kit';

/** Default: what modules read is a few kilobytes. */
const maxAnswerBytes = 1024 * 1024;

/** What the runtime's client is told of a call. */
interface Call {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * One call and its answer, as `fetch` has them. Redirections are answers.
 *
 * @param send Begins the call by the runtime's client.
 * @throws {AditError} 9621: no answer, or none that can be read. 3601: too long a one. What `send` fails with, if it is such an error.
 */
export async function httpCall(request: Request, send: (call: Call) => ClientRequest): Promise<OutgoingAnswer> {
  const body = request.body === null ? null : Buffer.from(await request.arrayBuffer());
  const answer = await answerOf(request, { body, send });
  const resolvedIp = answer.socket.remoteAddress;
  const response = await toResponse(answer);
  return resolvedIp === undefined ? response : Object.assign(response, { resolvedIp });
}

function answerOf(
  request: Request,
  { body, send }: { body: Buffer | null; send: Parameters<typeof httpCall>[1] },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { ...Object.fromEntries(request.headers), ...(body && { 'content-length': String(body.length) }) };
    send({ method: request.method, headers, signal: request.signal })
      .on('response', resolve)
      .on('error', (cause: unknown) => reject(cause instanceof AditError ? cause : failed(cause)))
      // Also of an answer that switches to another protocol (101), of which nothing else is told.
      .on('close', () => reject(failed()))
      .end(body ?? undefined);
  });
}

/** @throws {AditError} As `httpCall`: a service may also answer what is no HTTP for a `Response`, such as status 999. */
async function toResponse(answer: IncomingMessage): Promise<Response> {
  try {
    const body = await readBounded(answer);
    const status = answer.statusCode ?? 502;
    const headers = new Headers();
    for (let i = 0; i < answer.rawHeaders.length; i += 2) {
      headers.append(answer.rawHeaders[i] ?? '', answer.rawHeaders[i + 1] ?? '');
    }
    const isEmpty = status === 204 || status === 205 || status === 304;
    return new Response(isEmpty ? null : body, { status, headers });
  } catch (cause) {
    throw cause instanceof AditError ? cause : failed(cause);
  }
}

async function readBounded(answer: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > maxAnswerBytes) {
      throw new AditError(3601, `Cannot read the answer: it is longer than ${maxAnswerBytes} bytes`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function failed(cause?: unknown): AditError {
  return new AditError(9621, 'Cannot call the address: there was no answer', { cause });
}
