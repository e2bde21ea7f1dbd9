import { AditError } from '@adit/contracts';
import { type ChainedAuditRecord, chainStart } from './audit-chain.ts';
import { type ExportHeader, parseHeader, parseRecord } from './audit-export.ts';
import { broken, verifyChain } from './verify-chain.ts';

/** No record comes near it; a file without ends of line must not fill the memory. */
const maxLineBytes = 1024 * 1024;

/**
 * Verifies an exported audit log, without the server that wrote it; answers its first line.
 *
 * @param file The bytes of the file.
 * @param options.knownHead A head that was noted earlier, in hex: this chain must have come by it. Without one, a log that was
 *   replaced as a whole, by somebody who made all hashes anew, looks intact.
 * @throws {AditError} 9250: it is not what was exported. Names the first record that is wrong.
 */
export async function verifyExport(
  file: AsyncIterable<Uint8Array>,
  options: { knownHead?: string } = {},
): Promise<ExportHeader> {
  const lines = linesOf(file);
  const first = await lines.next();
  const header = first.done ? undefined : parseHeader(first.value);
  if (!header) throw new AditError(9250, 'Cannot trust this audit log: line 1 is not what an exported log begins with');
  const isKnownHead = (hash: Uint8Array): boolean => Buffer.from(hash).toString('hex') === options.knownHead;
  let isKnown = options.knownHead === undefined || isKnownHead(chainStart);
  const records = async function* (): AsyncGenerator<ChainedAuditRecord> {
    for await (const record of recordsOf(lines, header)) {
      isKnown ||= isKnownHead(record.hash);
      yield record;
    }
  };
  await verifyChain(records(), header);
  if (isKnown) return header;
  throw new AditError(9250, `Cannot trust this audit log: it never had the head "${options.knownHead}"`);
}

async function* recordsOf(lines: AsyncIterable<string>, header: ExportHeader): AsyncGenerator<ChainedAuditRecord> {
  let place = 0;
  for await (const line of lines) {
    place += 1;
    const record = parseRecord(line, header.accountId);
    if (!record)
      throw broken('changed', place, `record ${place} was changed: line ${place + 1} is not as it was written`);
    yield record;
  }
}

/** The lines without their ends. Bytes that are no UTF-8, and a last line without an end, become lines that nothing parses. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    for (let end = held.indexOf('\n'); end !== -1; end = held.indexOf('\n')) {
      yield decode(held.subarray(0, end));
      held = held.subarray(end + 1);
    }
    if (held.length > maxLineBytes) break;
  }
  if (held.length > 0) yield '';
}

function decode(line: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return '';
  }
}
