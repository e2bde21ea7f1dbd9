import { Readable, type Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { HeaderFields, type PolicyResponse, type Response } from '@adit/policy-kit';
import type { AnswerHead } from '../exchange.ts';

/** An answer as policies see and change it, of the upstream or of a policy. */
export class AnswerView implements PolicyResponse {
  readonly #head: AnswerHead;
  status: number;
  headers: HeaderFields;
  hasBody: boolean;
  /** The content passes through these, in this order. */
  transforms: Transform[] = [];
  /** Not null: this is the content, whatever the upstream sends. */
  content: Buffer | null;

  constructor(head: AnswerHead, content: Buffer | null) {
    this.#head = head;
    this.status = head.status;
    this.headers = new HeaderFields([...head.headers]);
    this.hasBody = head.hasBody;
    this.content = content;
  }

  /** The answer of a policy. @param method Of the request: HEAD gets no content. */
  static of(response: Response, method: string): AnswerView {
    const view = new AnswerView(
      { status: response.status, reason: null, headers: [], hasBody: false, mayHaveTrailers: false, isLast: false },
      null,
    );
    view.replaceBy(response, method);
    return view;
  }

  addTransform(transform: Transform): void {
    if (!this.hasBody) return void transform.destroy();
    this.transforms.push(transform);
    this.headers.remove('content-length');
  }

  /** Another answer takes its place; what was to be done with the content of the old one is not. */
  replaceBy(response: Response, method: string): void {
    const mayHaveBody = response.status !== 204 && response.status !== 205 && response.status !== 304;
    this.status = response.status;
    this.headers = new HeaderFields([...response.headers]);
    this.content = mayHaveBody ? Buffer.from(response.body) : Buffer.alloc(0);
    this.hasBody = mayHaveBody && method !== 'HEAD' && this.content.length > 0;
    this.destroy();
    if (mayHaveBody) this.headers.set('content-length', String(this.content.length));
  }

  /** Sends `content`, where that is set, through the transforms now. @throws What they throw. */
  async transformContent(): Promise<void> {
    const { content, transforms } = this;
    const last = transforms.at(-1);
    if (content === null || !last) return;
    const [made] = await Promise.all([buffer(last), pipeline([Readable.from([content]), ...transforms])]);
    this.transforms = [];
    this.content = made;
    this.hasBody = made.length > 0;
    this.headers.set('content-length', String(made.length));
  }

  /** Nobody wants the content. */
  destroy(): void {
    for (const transform of this.transforms.splice(0)) transform.destroy();
  }

  get head(): AnswerHead {
    const { status, headers, hasBody } = this;
    const isOther = status !== this.#head.status || this.content !== null;
    const mayHaveTrailers = this.#head.mayHaveTrailers && this.content === null;
    return {
      ...this.#head,
      status,
      headers: headers.lines,
      hasBody,
      mayHaveTrailers,
      ...(isOther && { reason: null }),
    };
  }
}
