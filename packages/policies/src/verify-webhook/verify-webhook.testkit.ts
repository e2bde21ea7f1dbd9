import { AditError } from '@adit/contracts';
import {
  HeaderFields,
  type PolicyHost,
  type PolicyRequest,
  type RequestContext,
  type Template,
} from '@adit/policy-kit';

/** A host with a clock that stands still, secrets named `${name}`, and an Internet that knows the given addresses only. */
export interface FakeHost extends PolicyHost {
  nowMs: number;
  /** What is counted across requests; see `fakeContext`. */
  readonly states: Map<string, object>;
  /** Every address that was fetched. */
  readonly fetched: string[];
}

export function fakeHost(
  options: { nowMs?: number; answers?: Record<string, string | number>; secrets?: Record<string, string> } = {},
): FakeHost {
  const fetched: string[] = [];
  const host = {
    nowMs: options.nowMs ?? 0,
    fetched,
    states: new Map<string, object>(),
    now: () => host.nowMs,
    after: () => () => {},
    template: (text: string) => template(text, options.secrets ?? {}),
    async fetch(url: URL) {
      fetched.push(url.href);
      const answer = options.answers?.[url.href];
      if (answer === undefined) throw new TypeError('fetch failed');
      return typeof answer === 'number' ? new Response(null, { status: answer }) : new Response(answer);
    },
  };
  return host as unknown as FakeHost;
}

function template(text: string, secrets: Readonly<Record<string, string>>): Template {
  const render = () => text.replaceAll(/\$\{(\w+)\}/g, (_whole, name: string) => secrets[name] ?? '');
  return { text, constant: text.includes('${') ? null : text, render, value: render };
}

export interface FakeRequest {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly upgrade?: readonly string[];
}

/** A context whose results can be looked at. */
export interface FakeContext extends RequestContext {
  readonly results: Readonly<Record<string, unknown>>[];
  /** How often it was told of a call that is not made. */
  readonly notCalled: number;
}

export function fakeContext(
  options: FakeRequest & { nowMs?: number; isDry?: boolean; states?: Map<string, object> },
): FakeContext {
  const { states = new Map<string, object>() } = options;
  const results: Readonly<Record<string, unknown>>[] = [];
  const context = { request: fakeRequest(options), nowMs: options.nowMs ?? 0, isDry: options.isDry ?? false, results };
  let notCalled = 0;
  return {
    ...context,
    get notCalled() {
      return notCalled;
    },
    wouldCall: () => void notCalled++,
    state(key: string, create: () => object) {
      const state = states.get(key) ?? create();
      states.set(key, state);
      return state;
    },
    setResult: (values: Readonly<Record<string, unknown>>) => void results.push(values),
  } as unknown as FakeContext;
}

function fakeRequest({
  method = 'POST',
  url = 'https://hooks.example.test/in',
  headers = {},
  ...rest
}: FakeRequest): PolicyRequest {
  const { 1: scheme, 2: authority, 3: target } = /^(https?):\/\/([^/]*)(.*)$/s.exec(url) ?? [];
  const body = Buffer.from(rest.body ?? '');
  const request = {
    ...{ method, version: '1.1', scheme, authority, host: authority, target, receivedAtMs: 0 },
    headers: new HeaderFields(Object.entries(headers).flat()),
    hasBody: body.length > 0,
    upgrade: rest.upgrade ?? null,
    async readBody(maxBytes: number) {
      if (body.length > maxBytes) throw new AditError(9010);
      return body;
    },
  };
  return request as unknown as PolicyRequest;
}
