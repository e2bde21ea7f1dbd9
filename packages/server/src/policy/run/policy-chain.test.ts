import { AditError } from '@adit/contracts';
import { type Decision, type Denial, type Phase, type Policy, phases, proceed } from '@adit/policy-kit';
import { SampleContext, sampleEndpoint } from '@adit/policy-kit/testkit';
import { describe, expect, test } from 'vitest';
import { fakeClock } from '../../clock/fake-clock.testkit.ts';
import type { PolicyScope } from '../policy-scope.ts';
import type { CompiledLayer, CompiledRule, LayerName } from './compiled-rule.ts';
import { PolicyChain } from './policy-chain.ts';
import { PolicyStates } from './policy-state.ts';

const { connection, request } = new SampleContext({ request: { headers: { 'x-a': '1' } } });
const deny: Denial = { outcome: 'deny', reason: 'sample/local', code: 9007 };
const policyFailed = { outcome: 'deny', reason: 'chain/policy-failed', code: 9004 };
const timedOut = { outcome: 'deny', reason: 'chain/timeout', code: 9004 };

const outcome = { upstreamStatus: 500, hasUpstreamFailed: false, durationMs: 1 };

interface Rule {
  readonly conditions?: readonly ((scope: PolicyScope) => boolean)[];
  readonly policies: readonly Policy[];
}

function layerOf(written: { readonly [phase in Phase]?: readonly Rule[] }, layer: LayerName = 'agent'): CompiledLayer {
  const rulesOf = (phase: Phase): CompiledRule[] =>
    (written[phase] ?? []).map(({ conditions = [], policies }, index) => ({
      place: { layer, phase, index, name: '' },
      conditions: conditions.map((evaluate, i) => ({ text: `c${i}`, evaluate })),
      steps: policies.map((policy, i) => ({ name: `p${i}`, policy })),
    }));
  return {
    rules: Object.fromEntries(phases.map((phase) => [phase, rulesOf(phase)])) as unknown as CompiledLayer['rules'],
  };
}

function chainOf(...layers: CompiledLayer[]) {
  const clock = fakeClock();
  const logged: object[] = [];
  const write = (fields: object) => void logged.push(fields);
  const log = { error: write, debug: write, isLevelEnabled: () => true };
  let closes = 0;
  const state = new PolicyStates(clock).open('owner');
  const parts = { layers, tls: null, state: { ...state, release: () => closes++ }, secret: () => undefined };
  const chain = new PolicyChain(parts, { clock, log });
  return { chain, clock, logged, closes: () => closes, kept: () => state.find('p0 k') !== undefined };
}

/** One phase with one rule of these policies. */
function ask(phase: 'on_tcp_connect' | 'on_http_request', ...policies: Policy[]) {
  const parts = chainOf(layerOf({ [phase]: [{ policies }] }));
  const visit = parts.chain.visit(connection, sampleEndpoint);
  return { answer: phase === 'on_tcp_connect' ? visit.connect() : visit.request(request).decide(), ...parts };
}

describe.each([
  ['on_tcp_connect', 'connect'],
  ['on_http_request', 'request'],
] as const)('a chain in %s', (phase, facet) => {
  const answering = (...answers: (() => unknown)[]) => ask(phase, ...answers.map((answer) => ({ [facet]: answer })));

  test('proceeds at once, without a timer, when every policy does', () => {
    const { answer, clock } = answering(
      () => ({ outcome: 'continue' }),
      () => proceed,
    );
    expect(answer).toBe(proceed);
    expect(clock.pendingTimers).toBe(0);
  });

  test('stops at the first denial', () => {
    const { answer } = answering(
      () => proceed,
      () => deny,
      () => expect.unreachable(),
    );
    expect(answer).toBe(deny);
  });

  test('waits for policies that need time, in order', async () => {
    const { answer, clock } = answering(
      () => proceed,
      async () => proceed,
      () => proceed,
      () => Promise.resolve(deny),
      () => expect.unreachable(),
    );
    expect(answer).toBeInstanceOf(Promise);
    expect(await answer).toBe(deny);
    expect(clock.pendingTimers).toBe(0);
  });

  const boom = new Error('boom');
  test.each<{ title: string; answer: () => unknown; cause: unknown }>([
    {
      title: 'throws',
      answer: () => {
        throw boom;
      },
      cause: boom,
    },
    { title: 'rejects', answer: () => Promise.reject(boom), cause: boom },
    { title: 'answers nothing', answer: () => undefined, cause: expect.any(TypeError) },
    { title: 'answers true', answer: () => true, cause: expect.any(TypeError) },
    { title: 'resolves with nothing', answer: async () => undefined, cause: expect.any(TypeError) },
    { title: 'answers an unknown outcome', answer: () => ({ outcome: 'allow' }), cause: expect.any(TypeError) },
    { title: 'denies without a reason', answer: () => ({ outcome: 'deny', code: 3205 }), cause: expect.any(TypeError) },
    { title: 'denies with no code of the table', answer: () => ({ ...deny, code: 1 }), cause: expect.any(TypeError) },
    {
      title: 'responds without content',
      answer: () => ({ outcome: 'respond', reason: 'a/b', status: 200, headers: [] }),
      cause: expect.any(TypeError),
    },
    {
      title: 'responds with a status that none is',
      answer: () => ({ outcome: 'respond', reason: 'a/b', status: 99, headers: [], body: new Uint8Array() }),
      cause: expect.any(TypeError),
    },
    {
      title: 'responds with lines that are none',
      answer: () => ({ outcome: 'respond', reason: 'a/b', status: 200, headers: ['a'], body: new Uint8Array() }),
      cause: expect.any(TypeError),
    },
    ...[
      ['x-a', '1\r\nset-cookie: a=b'],
      ['x-a', 'Łódź'],
      ['a: b\r\nx-a', '1'],
      ['', '1'],
    ].map((headers) => ({
      title: `responds with a line that cannot be sent, such as ${JSON.stringify(headers)}`,
      answer: () => ({ outcome: 'respond', reason: 'a/b', status: 200, headers, body: new Uint8Array() }),
      cause: expect.any(TypeError) as unknown,
    })),
    {
      title: 'answers an object that throws when looked at',
      answer: () => ({
        get outcome() {
          throw boom;
        },
      }),
      cause: boom,
    },
  ])('refuses when a policy $title, and logs why [invariant: fail-closed]', async ({ answer, cause }) => {
    const asked = answering(
      () => proceed,
      answer,
      () => expect.unreachable(),
    );
    expect(await asked.answer).toEqual(policyFailed);
    expect(asked.logged).toEqual([{ policy: 'p1', err: cause }]);
  });

  test('tells the visitor that his request is too large', async () => {
    const { answer, logged } = answering(() => Promise.reject(new AditError(9010)));
    expect(await answer).toMatchObject({ outcome: 'deny', code: 9010 });
    expect(logged).toEqual([]);
  });

  test('refuses when a policy needs too long, and asks nobody behind it [invariant: fail-closed]', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const asked: string[] = [];
    const slow = answering(
      async () => proceed,
      () => promise,
      () => (asked.push('third'), proceed),
    );
    await new Promise(setImmediate);
    slow.clock.advance(4_999);
    expect(slow.clock.pendingTimers).toBe(1);
    slow.clock.advance(1);
    expect(await slow.answer).toEqual(timedOut);
    expect(slow.logged).toEqual([{ policy: 'p1' }]);
    resolve(proceed);
    await new Promise(setImmediate);
    expect(asked).toEqual([]);
  });

  test('gives a policy the time that it says it needs', async () => {
    const { promise, resolve } = Promise.withResolvers<Decision>();
    const { answer, clock } = ask(phase, { [facet]: () => promise, timeoutMs: 60_000 });
    clock.advance(59_999);
    resolve(deny);
    expect(await answer).toBe(deny);
  });
});

describe('rules', () => {
  const noting = (asked: string[], name: string): Policy => ({ request: () => (asked.push(name), proceed) });

  test('are asked when all their conditions hold, in the order of the layers, also behind one that takes time', async () => {
    const asked: string[] = [];
    const yes = () => true;
    const no = () => false;
    const slow: Policy = { request: async () => (asked.push('slow'), proceed) };
    const outer = layerOf({ on_http_request: [{ policies: [noting(asked, 'organisation')] }] });
    const inner = layerOf({
      on_http_request: [
        { conditions: [yes, no], policies: [noting(asked, 'never')] },
        { conditions: [yes, yes], policies: [slow, noting(asked, 'same rule')] },
        { policies: [noting(asked, 'last')] },
      ],
    });
    const decided = chainOf(outer, inner).chain.visit(connection, sampleEndpoint).request(request);
    expect(await decided.decide()).toBe(proceed);
    expect(asked).toEqual(['organisation', 'slow', 'same rule', 'last']);
    const held = decided.context.trail.map(({ failedCondition }) => failedCondition);
    expect(held).toEqual([null, 1, null, null]);
  });

  test('see what policies before them left: results for good, variables in the same phase', () => {
    const seen: unknown[] = [];
    const leaving: Policy = {
      connect: (context) => {
        context.setResult({ action: 'allow' });
        context.setVariable('team', 'a');
        return proceed;
      },
    };
    const looking = (scope: PolicyScope) => {
      seen.push(scope.results.get('p0'), scope.variables.get('team'));
      return false;
    };
    const layer = layerOf({
      on_tcp_connect: [{ policies: [leaving] }, { conditions: [looking], policies: [leaving] }],
      on_http_request: [{ conditions: [looking], policies: [leaving] }],
    });
    const visit = chainOf(layer).chain.visit(connection, sampleEndpoint);
    void visit.connect();
    void visit.request(request).decide();
    expect(seen).toEqual([{ action: 'allow' }, 'a', { action: 'allow' }, undefined]);
  });

  test('refuse when a condition cannot be evaluated [invariant: fail-closed]', () => {
    const broken = () => {
      throw new Error('no such key');
    };
    const layer = layerOf({ on_http_request: [{ conditions: [broken], policies: [{ request: () => proceed }] }] });
    const { chain, logged } = chainOf(layer);
    const decision = chain.visit(connection, sampleEndpoint).request(request).decide();
    expect(decision).toEqual({ outcome: 'deny', reason: 'chain/expression-failed', code: 9004 });
    expect(logged).toMatchObject([{ expression: 0 }]);
  });

  test('decide on answers with the organisation last', async () => {
    const asked: string[] = [];
    const named = (name: string): CompiledLayer =>
      layerOf({ on_http_response: [{ policies: [{ response: () => (asked.push(name), proceed) }] }] });
    const { chain } = chainOf(named('organisation'), named('endpoint'), named('agent'));
    const decided = chain.visit(connection, sampleEndpoint).request(request);
    expect(decided.decidesAnswers).toBe(true);
    await decided.answer(new SampleContext().response);
    expect(asked).toEqual(['agent', 'endpoint', 'organisation']);
  });
});

describe('messages of a stream of events', () => {
  const { event, response } = new SampleContext({ event: { data: 'a' } });
  const eventChain = (...policies: Policy[]) => {
    const { chain } = chainOf(layerOf({ on_event_stream_message: [{ policies }] }));
    return { chain, decided: chain.visit(connection, sampleEndpoint).request(request) };
  };

  test('are shown to the rules for them, with the answer, each with variables of its own', async () => {
    const seen: unknown[] = [];
    const { decided } = eventChain({
      event(context) {
        seen.push(context.event.data, context.response === response, decided.context.variables.get('v'));
        context.setVariable('v', 1);
        return Promise.resolve(proceed);
      },
    });
    expect([decided.decidesAnswers, decided.decidesEvents]).toEqual([true, true]);
    await decided.answer(response);
    expect(await decided.event(event)).toBe(proceed);
    expect(await decided.event({ ...event, data: 'b' })).toBe(proceed);
    expect(seen).toEqual(['a', true, undefined, 'b', true, undefined]);
  });

  test('leave no trail behind, however many there are, and the others’ stays', async () => {
    const layer = layerOf({
      on_http_request: [{ policies: [{ request: () => proceed }] }],
      on_event_stream_message: [{ policies: [{ event: () => proceed }] }],
    });
    const decided = chainOf(layer).chain.visit(connection, sampleEndpoint).request(request);
    await decided.decide();
    for (let i = 0; i < 100; i++) await decided.event(event);
    expect(decided.context.trail.map(({ place }) => place.phase)).toEqual([
      'on_http_request',
      'on_event_stream_message',
    ]);
  });

  test('are refused by what goes wrong, and by rules that others have replaced [invariant: fail-closed]', async () => {
    const broken = eventChain({
      event: () => {
        throw new Error('boom');
      },
    });
    expect(await broken.decided.event(event)).toEqual(policyFailed);
    const { chain, decided } = eventChain({ event: () => proceed });
    chain.close();
    expect(await decided.event(event)).toMatchObject({ outcome: 'deny', reason: 'chain/replaced' });
  });
});

test('policies that let a request pass are told how it ended, with what they count', () => {
  const told: unknown[] = [];
  const counting: Policy = {
    request: (context) => (context.state('n', () => ({ n: 0 })).n++, proceed),
    outcome: (outcome, context) => void told.push(outcome, context.state('n', () => ({ n: 0 })).n),
  };
  const { chain } = chainOf(layerOf({ on_http_request: [{ policies: [counting] }] }));
  const decided = chain.visit(connection, sampleEndpoint).request(request);
  void decided.decide();
  decided.over(outcome);
  expect(told).toEqual([outcome, 1]);
});

test('a policy that refuses a request is not told how it ended, those in front of it are', () => {
  const told: string[] = [];
  const policyOf = (name: string, decision: Decision): Policy => ({
    request: () => decision,
    outcome: () => void told.push(name),
  });
  const policies = [policyOf('first', proceed), policyOf('refusing', deny), policyOf('not asked', proceed)];
  const { chain } = chainOf(layerOf({ on_http_request: [{ policies }] }));
  const decided = chain.visit(connection, sampleEndpoint).request(request);
  expect(decided.decide()).toBe(deny);
  decided.over(outcome);
  expect(told).toEqual(['first']);
});

describe('chain.recheck()', () => {
  const stream = { connection, endpoint: sampleEndpoint, request };
  const recheckOf = (policy: Policy, conditions: Rule['conditions'] = []) =>
    chainOf(layerOf({ on_http_request: [{ conditions, policies: [policy] }] }));

  test('lets a stream go on where a policy has no opinion', () => {
    expect(recheckOf({ request: () => deny }).chain.recheck(stream)).toBe(proceed);
  });

  test('asks by the conditions, on what the stream was admitted with', () => {
    const policy: Policy = { request: () => proceed, recheck: ({ isDry }) => (isDry ? deny : proceed) };
    const isAsked = (scope: PolicyScope) => scope.request?.headers.first('x-a') === '1';
    expect(recheckOf(policy, [isAsked]).chain.recheck(stream)).toBe(deny);
    expect(recheckOf(policy, [(scope) => !isAsked(scope)]).chain.recheck(stream)).toBe(proceed);
    // Nobody asks a raw stream for its request.
    expect(recheckOf(policy).chain.recheck({ ...stream, request: null })).toBe(proceed);
  });

  test.each<{ title: string; recheck: () => unknown }>([
    {
      title: 'throws',
      recheck: () => {
        throw new Error('boom');
      },
    },
    { title: 'answers nothing', recheck: () => undefined },
    { title: 'answers with a promise', recheck: () => Promise.resolve(proceed) },
    { title: 'answers with a promise that rejects', recheck: () => Promise.reject(new Error('boom')) },
  ])('refuses when a policy $title [invariant: fail-closed]', ({ recheck }) => {
    const { chain } = recheckOf({ request: () => proceed, recheck } as Policy);
    expect(chain.recheck(stream)).toMatchObject(policyFailed);
  });
});

test('chain.close() gives up once what it holds', () => {
  const { chain, closes } = chainOf(layerOf({}));
  chain.close();
  chain.close();
  expect(closes()).toBe(1);
});

test('what policies note about a connection is in the log, unless somebody only asks', async () => {
  const note: Policy = { connect: (context) => (context.log({ team: 'a' }), proceed) };
  const { chain, logged } = chainOf(layerOf({ on_tcp_connect: [{ policies: [note] }] }));
  await chain.explain(connection, sampleEndpoint, () => {}).connect();
  expect(logged).toEqual([]);
  await chain.visit(connection, sampleEndpoint).connect();
  expect(logged).toEqual([{ clientIp: connection.clientIp, url: sampleEndpoint.url, noted: [{ team: 'a' }] }]);
});

test('who only asks finds what was counted, and leaves no room for counts', async () => {
  const counting: Policy = {
    request: (context) => {
      const counter = context.state('k', () => ({ count: 0 }));
      if (!context.isDry) counter.count++;
      return counter.count > 0 ? deny : proceed;
    },
  };
  const { chain, kept } = chainOf(layerOf({ on_http_request: [{ policies: [counting] }] }));
  const explained = () =>
    chain
      .explain(connection, sampleEndpoint, () => {})
      .request(request)
      .decide();
  expect([explained(), kept()]).toEqual([proceed, false]);
  await chain.visit(connection, sampleEndpoint).request(request).decide();
  expect([explained(), kept()]).toEqual([deny, true]);
});

test('who asks is told that a secret was read, and gets no line in the log', () => {
  const reading: Policy = {
    connect: () => {
      throw new Error('boom');
    },
  };
  const condition = (scope: PolicyScope) => scope.secret('web', 'key') === undefined;
  const { chain, logged } = chainOf(layerOf({ on_tcp_connect: [{ conditions: [condition], policies: [reading] }] }));
  let reads = 0;
  expect(chain.explain(connection, sampleEndpoint, () => reads++).connect()).toMatchObject(policyFailed);
  expect([reads, logged]).toEqual([1, []]);
});
