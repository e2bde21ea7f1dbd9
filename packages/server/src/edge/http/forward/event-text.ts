import type { PolicyEvent } from '@adit/policy-kit';
import type { StreamPart } from './event-stream-parser.ts';

const lineEnd = /\r\n|\r|\n/;

/** A part of a stream of events as it is sent. @throws {TypeError} A field that is one line is several: they would be other fields. */
export function eventText(part: StreamPart): string {
  // The empty line behind a comment ends nothing: no line of a message is sent before all of it is.
  return part.kind === 'comment' ? `:${part.text}\n\n` : messageText(part.event);
}

function messageText({ data, event, id, retry }: PolicyEvent): string {
  const lines = data?.split(lineEnd) ?? [];
  return [
    line('event', event),
    line('id', id),
    line('retry', retry),
    ...lines.map((text) => line('data', text)),
    '\n',
  ].join('');
}

function line(field: string, value: string | undefined): string {
  if (value === undefined) return '';
  if (lineEnd.test(value)) throw new TypeError(`Cannot send "${field}" of an event: it has more than one line`);
  return `${field}: ${value}\n`;
}
