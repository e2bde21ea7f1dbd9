// What every policy module owes, as checks that reject when it does not. testkit.ts turns them into tests.
import assert from 'node:assert/strict';
import { AditError, type ErrorCode } from '@adit/contracts';
import type { Decision } from './decision.ts';
import type { Policy, PolicyHost, PolicyModule } from './define-policy.ts';
import { SampleContext, type SampleFacts } from './sample-context.testkit.ts';
import { sampleHost } from './sample-host.testkit.ts';

/** One configuration, one visitor, the answer. Facts left out are those of a sample visitor. */
export interface DecisionRow extends SampleFacts {
  /** Completes the sentence "<module> …". */
  readonly title: string;
  /** As a user writes it. */
  readonly config: unknown;
  /** What expressions in the configuration stand for. */
  readonly values?: Readonly<Record<string, unknown>>;
  readonly host?: Partial<PolicyHost>;
  /** Visitors who come before, by whom it may count. */
  readonly before?: readonly SampleFacts[];
  /** `continue`, or the reason without `<module>/`. */
  readonly expected: string;
  /** What it must have left. */
  check?(context: SampleContext, decision: Decision): void | Promise<void>;
}

/** A configuration that must not be taken. */
export interface RefusalRow {
  readonly title: string;
  readonly config: unknown;
  readonly host?: Partial<PolicyHost>;
  /** What `prepare` throws; 9600: the schema refuses it. */
  readonly code: ErrorCode;
  /** A text that the message must hold, so that the user finds the mistake. */
  readonly names: string;
}

/** The row is decided as expected, with a reason that the module declares. */
export async function checkDecision(module: PolicyModule, row: DecisionRow): Promise<void> {
  const policy = await prepare(module, row);
  let context = new SampleContext();
  for (const facts of row.before ?? []) {
    context = context.next(facts);
    await decide(policy, { ...row, ...facts }, context);
    const { upstreamStatus = 200, hasUpstreamFailed = false } = facts;
    policy.outcome?.({ upstreamStatus, hasUpstreamFailed, durationMs: 1 }, context);
  }
  context = context.next(row);
  const decision = await decide(policy, row, context);
  if (decision.outcome === 'continue') assert.equal('continue', row.expected);
  else {
    assert.equal(decision.reason, `${module.name}/${row.expected}`);
    assert.ok(Object.hasOwn(module.reasons, row.expected), `reason "${row.expected}" is not declared`);
  }
  await row.check?.(context, decision);
}

/** The configuration is refused with that code, and the message names the mistake. */
export async function checkRefusal(module: PolicyModule, row: RefusalRow): Promise<void> {
  const parsed = module.schema.safeParse(row.config);
  if (!parsed.success) {
    assert.equal(9600, row.code, `the schema refused it: ${parsed.error.message}`);
    return assert.ok(parsed.error.message.includes(row.names), `"${parsed.error.message}" names ${row.names}`);
  }
  const isNamed = (error: unknown) =>
    error instanceof AditError && error.code === row.code && error.message.includes(row.names);
  await assert.rejects(async () => module.prepare(parsed.data, sampleHost({}, row.host)), isNamed);
}

/** Each declared reason is the answer to some row. */
export function checkEveryReasonIsGiven(module: PolicyModule, rows: readonly DecisionRow[]): void {
  const given = new Set(rows.map((row) => row.expected));
  assert.deepEqual(
    Object.keys(module.reasons).filter((reason) => !given.has(reason)),
    [],
    'reasons that no row gives',
  );
}

/** Each phase that the module may be written in has its facet. */
export async function checkFacets(module: PolicyModule, row: DecisionRow): Promise<void> {
  const policy = await prepare(module, row);
  const missing = module.phases.filter((phase) => policy[facetOf[phase]] === undefined);
  assert.deepEqual(missing, [], 'phases without their facet');
}

/** A typing error in a security setting must not be passed over. */
export function checkSchemaIsStrict(module: PolicyModule, { config }: DecisionRow): void {
  for (const wrong of [undefined, null, 'text', 42, true, [], { ...Object(config), 'no-such-key': 1 }]) {
    assert.ok(!module.schema.safeParse(wrong).success, `the schema takes ${JSON.stringify(wrong)}`);
  }
}

/** Who refuses anybody, and looks at facts that cannot be read, does not let the visitor in. */
export async function checkFailsClosed(module: PolicyModule, row: DecisionRow): Promise<void> {
  const unreadable = () => {
    throw new Error('this fact cannot be read');
  };
  for (const answer of [unreadable, () => undefined, () => 'neither an address nor a header']) {
    for (const facet of ['connect', 'request', 'response', 'recheck'] as const) {
      const policy = await prepare(module, row);
      const context = new SampleContext(row);
      const { facts, wasRead } = unknownFacts(answer);
      Object.assign(context, { connection: facts, request: facts, response: facts });
      const outcome = await outcomeOf(async () => policy[facet]?.(context));
      assert.ok(!wasRead() || outcome !== 'continue', `${facet}() continues on facts it could not read`);
    }
  }
}

/** Asking again changes nothing: neither its own answer, nor what facets answer afterwards. */
export async function checkRecheckIsPure(module: PolicyModule, row: DecisionRow): Promise<void> {
  const [asked, left] = [await prepare(module, row), await prepare(module, row)];
  const [context, other] = [new SampleContext(row), new SampleContext(row)];
  const recheck = () => asked.recheck?.(new SampleContext({ ...row, isDry: true }));
  const first = recheck();
  assert.ok(!(first instanceof Promise), 'recheck() answers with a promise');
  for (let round = 0; round < 20; round++) {
    assert.deepEqual(recheck(), first, 'recheck() changes its answer');
    assert.deepEqual(await decide(asked, row, context), await decide(left, row, other), 'recheck() changes decisions');
  }
}

/** Who only asks what would happen calls nobody, says where somebody would be called, and changes nothing for who comes. */
export async function checkAskingIsDry(module: PolicyModule, row: DecisionRow): Promise<void> {
  const [asked, left] = [countCalls(row), countCalls(row)];
  const [one, other] = [await prepare(module, asked.row), await prepare(module, left.row)];
  const [context, untouched] = [new SampleContext(row), new SampleContext(row)];
  for (let round = 0; round < 3; round++) {
    const before = asked.calls;
    const dry = context.next({ ...row, isDry: true });
    await settled(decide(one, row, dry));
    assert.equal(asked.calls, before, 'somebody is called');
    const known = left.calls;
    const decision = await settled(decide(other, row, untouched.next({ ...row, isDry: false })));
    if (round === 0 && left.calls > known) assert.notEqual(dry.notCalled, 0, 'a call that is left out is not told');
    const now = await settled(decide(one, row, context.next({ ...row, isDry: false })));
    assert.deepEqual(now, decision, 'asking changes decisions');
  }
}

/** The chain makes a denial of what is thrown. */
async function settled(decision: Promise<Decision>): Promise<Decision | 'failed'> {
  return await decision.catch(() => 'failed' as const);
}

function countCalls(row: DecisionRow): { readonly row: DecisionRow; readonly calls: number } {
  let calls = 0;
  const noNetwork = () => Promise.reject(new TypeError('The test has no network'));
  const { fetch = noNetwork, fetchInternal = noNetwork } = row.host ?? {};
  const host: Partial<PolicyHost> = {
    ...row.host,
    fetch: (...words) => (calls++, fetch(...words)),
    fetchInternal: (...words) => (calls++, fetchInternal(...words)),
  };
  return {
    row: { ...row, host },
    get calls() {
      return calls;
    },
  };
}

/** True: some row of the table refuses a visitor. */
export async function isProtective(module: PolicyModule, rows: readonly DecisionRow[]): Promise<boolean> {
  for (const row of rows) {
    const { outcome } = await decide(await prepare(module, row), row, new SampleContext(row));
    if (outcome === 'deny' || outcome === 'close') return true;
  }
  return false;
}

const facetOf = {
  on_tcp_connect: 'connect',
  on_http_request: 'request',
  on_http_response: 'response',
  on_event_stream_message: 'event',
} as const;

async function prepare(module: PolicyModule, { config, values, host }: DecisionRow): Promise<Policy> {
  return module.prepare(module.schema.parse(config), sampleHost(values, host));
}

async function decide(policy: Policy, row: DecisionRow, context: SampleContext): Promise<Decision> {
  const facet = row.event ? 'event' : row.response ? 'response' : row.request ? 'request' : 'connect';
  const answer = policy[facet]?.(context);
  assert.ok(answer, 'the policy lacks the facet that the row asks');
  return answer;
}

async function outcomeOf(ask: () => Promise<Decision | undefined>): Promise<string> {
  try {
    return (await ask())?.outcome ?? 'not asked';
  } catch {
    return 'failed'; // The chain makes a denial of it.
  }
}

/** Facts of which nothing can be known: `answer` decides what a look at any of them gives (or throws). */
function unknownFacts(answer: () => unknown): { facts: object; wasRead(): boolean } {
  let wasRead = false;
  const look = () => {
    wasRead = true;
    return answer();
  };
  // The target is never seen: every trap answers by itself.
  const facts = new Proxy({}, { get: look, has: () => Boolean(look()), ownKeys: () => (look(), []) });
  return { facts, wasRead: () => wasRead };
}
