import { randomInt } from 'node:crypto';
import { AditError } from '@adit/contracts';
import type { Clock } from '../../domain/clock.ts';
import { DnsFormatError } from './dns-format-error.ts';
import {
  type DnsMessage,
  decodeMessage,
  encodeMessage,
  type FoundRecord,
  isAnswerFlag,
  opcode,
  type Question,
  type ResourceRecord,
  recordClass,
  recordType,
} from './dns-message.ts';
import { type DnsServerAddress, exchangeMessage, shown } from './exchange-message.ts';
import { refusalOf, responseCode, responseCodes } from './refusal.ts';
import { signMessage, verifyAnswer } from './tsig.ts';
import type { TsigKey } from './tsig-key.ts';

const opcodeBits = 0x7800;

interface DnsServerDeps {
  readonly address: DnsServerAddress;
  readonly key: TsigKey;
  readonly clock: Clock;
  readonly answerMs: number;
}

/** One DNS server that knows our key. Everything it is asked and answers is signed. */
export class DnsServer {
  readonly #deps: DnsServerDeps;

  constructor(deps: DnsServerDeps) {
    this.#deps = deps;
  }

  /** `ip:port`. */
  get address(): string {
    return shown(this.#deps.address);
  }

  /**
   * Asks for records. "No such name" is an answer; so is a refusal, whose code the caller sees in `flags`.
   *
   * @throws {AditError} 9270: the server does not take our signature. 9271: no answer, or not a valid one.
   */
  async ask(name: string, type: number): Promise<DnsMessage<FoundRecord> & { readonly bytes: Buffer }> {
    const question = { name, type, class: recordClass.IN };
    return this.#exchange({ flags: opcode.query, questions: [question], authorities: [] }, `look up "${name}"`);
  }

  /**
   * Changes records of one zone, all or none.
   *
   * @param changes As RFC 2136 §2.5 has them.
   * @throws {AditError} 9270: refused. 9271: no answer, or not a valid one.
   */
  async update(zone: string, changes: readonly ResourceRecord[]): Promise<void> {
    const questions: Question[] = [{ name: zone, type: recordType.SOA, class: recordClass.IN }];
    const attempt = `change the zone "${zone}"`;
    const answer = await this.#exchange({ flags: opcode.update, questions, authorities: changes }, attempt);
    const code = responseCode(answer.flags);
    if (code !== 0) throw this.#refused(attempt, refusalOf(code));
  }

  async #exchange(
    parts: Pick<DnsMessage, 'flags' | 'questions' | 'authorities'>,
    attempt: string,
  ): Promise<DnsMessage<FoundRecord> & { readonly bytes: Buffer }> {
    const { key, clock, address, answerMs } = this.#deps;
    const id = randomInt(0x1_0000);
    const message = encodeMessage({ ...parts, id, answers: [], additionals: [] });
    const { signed, mac } = signMessage(message, key, { timeMs: clock.timeOfDay() });
    const bytes = await exchangeMessage(signed, { server: address, clock, answerMs });
    try {
      const answer = decodeMessage(bytes);
      if (answer.id !== id || (answer.flags & opcodeBits) !== parts.flags || !(answer.flags & isAnswerFlag)) {
        throw new DnsFormatError('is one to another question');
      }
      this.#checkSignature({ bytes, code: responseCode(answer.flags), mac, attempt });
      return { ...answer, bytes };
    } catch (error) {
      if (!(error instanceof DnsFormatError)) throw error;
      const message = `Cannot ${attempt} at the DNS server "${this.address}": its answer ${error.message}`;
      throw new AditError(9271, message, { cause: error });
    }
  }

  /** A refusal is believed without a signature, which servers that do not know the key cannot make: forged, it only stops us. */
  #checkSignature(answer: { bytes: Buffer; code: number; mac: Buffer; attempt: string }): void {
    const { key, clock } = this.#deps;
    const timeMs = clock.timeOfDay();
    const found = verifyAnswer(answer.bytes, key, { questionMac: answer.mac, timeMs });
    if (found.tsig && found.tsig.error !== 0)
      throw this.#refused(answer.attempt, refusalOf(answer.code, { tsig: found.tsig, timeMs }));
    if (!found.verified && isContent(answer.code)) throw new DnsFormatError('is not signed with our key');
  }

  #refused(attempt: string, reason: string): AditError {
    return new AditError(9270, `Cannot ${attempt} at the DNS server "${this.address}": ${reason}`);
  }
}

/** Not a refusal: "no such name" tells of the zone as much as an answer does. */
function isContent(code: number): boolean {
  return code === 0 || code === responseCodes.noSuchName;
}
