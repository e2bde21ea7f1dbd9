import type { IncomingMessage, ServerResponse } from 'node:http';
import { request } from 'node:https';
import { onTestFinished } from 'vitest';
import type { TestServer } from './server.ts';
import { startUpstream } from './upstream.ts';
import { visitorOptions } from './visitor.ts';

/** Those who come at once; more would measure how many handshakes this process does in a second. */
const waveSize = 40;

/** Visitors by connections of their own, from sixty addresses: one alone may not take all streams of an agent. */
export class Crowd {
  /** Status of each visitor who has an answer; 0: the connection was lost. */
  readonly statuses: number[] = [];
  readonly #server: TestServer;
  readonly #url: string;
  #onAnswer: () => void = () => {};

  constructor(server: TestServer, url: string) {
    this.#server = server;
    this.#url = url;
  }

  /** Resolves when so many visitors wait at the upstream or have an answer. */
  async gather(count: number, upstream: HoldingUpstream): Promise<void> {
    upstream.onHeld(() => this.#onAnswer());
    for (let come = 0; come < count; ) {
      const wave = Math.min(waveSize, count - come);
      for (let i = 0; i < wave; i++) this.#send(come++);
      await this.until(() => upstream.held + this.statuses.length === come);
    }
  }

  #send(number: number): void {
    const options = { ...visitorOptions(this.#server, `${this.#url}/${number}`), agent: false };
    const sent = request({ ...options, localAddress: `127.0.1.${1 + (number % 60)}` }, (answer) => {
      answer.resume().on('end', () => this.#note(answer.statusCode ?? 0));
    });
    sent.on('error', () => this.#note(0)).end();
    onTestFinished(() => void sent.destroy());
  }

  /** Of visitors with that status. */
  count(status: number): number {
    return this.statuses.filter((one) => one === status).length;
  }

  /** Resolves when `condition` holds; looked at after each answer. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#onAnswer = resolve;
      });
    }
  }

  #note(status: number): void {
    this.statuses.push(status);
    this.#onAnswer();
  }
}

export interface HoldingUpstream {
  readonly port: number;
  /** Requests that wait for their answer. */
  readonly held: number;
  onHeld(call: () => void): void;
  /** Answers all of them, and from now on each at once. */
  release(): void;
}

/** A service that hangs: it takes requests, all but those for `/now`, and answers when it is told to. */
export async function startHoldingUpstream(): Promise<HoldingUpstream> {
  const waiting = new Set<ServerResponse>();
  let isHolding = true;
  let tell = (): void => {};
  const { port } = await startUpstream((incoming: IncomingMessage, response) => {
    if (!isHolding || incoming.url === '/now') return void response.end('now');
    waiting.add(response.on('close', () => waiting.delete(response)));
    tell();
  });
  return {
    port,
    get held() {
      return waiting.size;
    },
    onHeld(call) {
      tell = call;
    },
    release() {
      isHolding = false;
      for (const response of waiting) response.end('late');
    },
  };
}
