// What every policy module owes, as checks that reject when it does not. testkit.ts turns them into tests.
import assert from 'node:assert/strict';
import { AditError, type ErrorCode } from '@adit/contracts';
import type { Decision } from './decision.ts';
import type { Policy, PolicyHost, PolicyModule } from './define-policy.ts';
import type { ConnectFacts, RequestFacts } from './facts.ts';
import { sampleConnectFacts, sampleRequestFacts, unknownFacts } from './sample-facts.testkit.ts';

/** One configuration, one visitor, the answer. Facts left out are those of a sample visitor. */
export interface DecisionRow {
  /** Completes the sentence "<module> …". */
  readonly title: string;
  /** As a user writes it. */
  readonly config: unknown;
  readonly connect?: Partial<ConnectFacts>;
  /** Given: the `request` facet is asked instead of `connect`. */
  readonly request?: Partial<RequestFacts>;
  /** `continue`, or the reason without `<module>/`. */
  readonly expected: string;
}

/** A configuration that must not be taken. */
export interface RefusalRow {
  readonly title: string;
  readonly config: unknown;
  /** What `prepare` throws; 9201: the schema refuses it. */
  readonly code: ErrorCode;
  /** A text that the message must hold, so that the user finds the mistake. */
  readonly names: string;
}

const host: PolicyHost = { now: () => Date.UTC(2026, 0, 1) };

/** The row is decided as expected, with a reason that the module declares. */
export async function checkDecision(module: PolicyModule, row: DecisionRow): Promise<void> {
  const decision = await decide(await prepare(module, row.config), row);
  if (decision.outcome === 'continue') return assert.equal('continue', row.expected);
  assert.equal(decision.reason, `${module.name}/${row.expected}`);
  assert.ok(Object.hasOwn(module.reasons, row.expected), `reason "${row.expected}" is not declared`);
  assert.ok([3205, 9004, 9007].includes(decision.code), `code ${decision.code} is not one that a denial may have`);
}

/** The configuration is refused with that code, and the message names the mistake. */
export async function checkRefusal(module: PolicyModule, row: RefusalRow): Promise<void> {
  const parsed = module.schema.safeParse(row.config);
  if (!parsed.success) {
    assert.equal(9201, row.code, `the schema refused it: ${parsed.error.message}`);
    return assert.ok(parsed.error.message.includes(row.names), `"${parsed.error.message}" names ${row.names}`);
  }
  const isNamed = (error: unknown) =>
    error instanceof AditError && error.code === row.code && error.message.includes(row.names);
  await assert.rejects(async () => module.prepare(parsed.data, host), isNamed);
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

/** A typing error in a security setting must not be passed over. */
export function checkSchemaIsStrict(module: PolicyModule, { config }: DecisionRow): void {
  for (const wrong of [undefined, null, 'text', 42, true, [], { ...Object(config), 'no-such-key': 1 }]) {
    assert.ok(!module.schema.safeParse(wrong).success, `the schema takes ${JSON.stringify(wrong)}`);
  }
}

/** Who looks at facts that cannot be read, or at a client address that is none, does not let the visitor in. */
export async function checkFailsClosed(module: PolicyModule, row: DecisionRow): Promise<void> {
  const unreadable = () => {
    throw new Error('this fact cannot be read');
  };
  for (const answer of [unreadable, () => undefined, () => 'neither an address nor a header']) {
    for (const facet of ['connect', 'request', 'recheck'] as const) {
      const policy = await prepare(module, row.config);
      const { facts, wasRead } = unknownFacts<ConnectFacts & RequestFacts>(answer);
      const outcome = await outcomeOf(async () => policy[facet]?.(facts));
      assert.ok(!wasRead() || outcome !== 'continue', `${facet}() continues on facts it could not read`);
    }
  }
}

/** Asking again changes nothing: neither its own answer, nor what `connect` and `request` answer afterwards. */
export async function checkRecheckIsPure(module: PolicyModule, row: DecisionRow): Promise<void> {
  const [asked, left] = [await prepare(module, row.config), await prepare(module, row.config)];
  const facts = sampleConnectFacts(row.connect ?? row.request?.connection);
  const first = asked.recheck?.(facts);
  assert.ok(!(first instanceof Promise), 'recheck() answers with a promise');
  for (let round = 0; round < 20; round++) {
    assert.deepEqual(asked.recheck?.(facts), first, 'recheck() changes its answer');
    assert.deepEqual(await decide(asked, row), await decide(left, row), 'recheck() changes later decisions');
  }
}

async function prepare(module: PolicyModule, config: unknown): Promise<Policy> {
  return module.prepare(module.schema.parse(config), host);
}

async function decide(policy: Policy, row: DecisionRow): Promise<Decision> {
  const answer = row.request
    ? policy.request?.(sampleRequestFacts(row.request))
    : policy.connect?.(sampleConnectFacts(row.connect));
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
