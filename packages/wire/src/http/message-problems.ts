import type { MessageProblem } from './message.ts';

function malformed(text: string): MessageProblem {
  return Object.freeze({ kind: 'malformed', text });
}

function tooLarge(text: string): MessageProblem {
  return Object.freeze({ kind: 'tooLarge', text });
}

/** Everything a message can be refused for. */
export const problems = Object.freeze({
  /** Nothing was refused so far. */
  none: malformed(''),
  head: tooLarge('head over the limit'),
  lines: tooLarge('too many header lines'),
  lineEnd: malformed('control byte or line not ended by CRLF'),
  method: malformed('not a method that is served'),
  target: malformed('not a request target'),
  version: malformed('not HTTP/1.1 or HTTP/1.0'),
  status: malformed('not a status from 100 to 599'),
  reason: malformed('control byte in the reason'),
  name: malformed('not a header name with a colon behind it'),
  value: malformed('control byte in a header value'),
  length: malformed('content-length is not a number of at most 15 digits'),
  twoLengths: malformed('content-length twice'),
  coding: malformed('transfer-encoding is not just chunked'),
  codingTwice: malformed('transfer-encoding twice'),
  codingInOldVersion: malformed('transfer-encoding in HTTP/1.0'),
  framingTab: malformed('tab in a framing header'),
  lengthAndCoding: malformed('content-length and transfer-encoding'),
  chunkSize: malformed('not a chunk size of at most 13 hexadecimal digits'),
  chunkExtension: malformed('malformed chunk extension'),
  chunkExtensions: malformed('chunk extensions over the limit'),
  chunkEnd: malformed('chunk not ended by CRLF'),
  trailers: malformed('trailers over the limit'),
  framingTrailer: malformed('framing or connection header among the trailers'),
  lastInterim: malformed('interim answer that closes the connection'),
  unexpected: malformed('bytes that answer no request'),
});
