import net from 'node:net';
import type { Duplex } from 'node:stream';
import {
  fakeLink,
  fakeRoute,
  openFront,
  type TestFront,
} from '../../packages/server/src/edge/http/open-front.testkit.ts';
import { nodeHttp } from '../../packages/server/src/edge/http/reference/node-http.testkit.ts';
import { ByteParty } from './byte-party.ts';
import { FramesParty } from './frames-party.ts';
import { H2Party } from './h2-party.ts';
import { type MatchOptions, type Part, parsePattern, patternText } from './pattern.ts';
import type { Scenario, Step, Way } from './scenario.ts';
import { Changing, until } from './waiting.ts';

/** node:http says by itself that a connection stays open. */
const nodeLines = ['Connection: keep-alive\r\n', 'connection: keep-alive\r\n'];

/**
 * Plays a scenario against a front of its own on a loopback socket, with two endpoints behind links that write down all
 * they are sent. In the end everybody leaves; whatever nobody expected, and whatever is still held then, is an error.
 *
 * @throws {Error} At the first step that does not come true, with its line.
 */
export async function runScenario(scenario: Scenario, way: Way): Promise<void> {
  const front = await openFront({
    limits: scenario.limits,
    visitor: { alpn: way === 'h2' ? 'h2' : 'http/1.1' },
    deps: (own) => ({
      ...(way === 'node:http' && nodeHttp(own)),
      trustedProxies: { has: (ip) => scenario.trusts.includes(ip) },
      sendsForwarded: scenario.sendsForwarded,
    }),
  });
  try {
    await new Play(scenario, front, way).run();
  } finally {
    front.close();
  }
}

function dateLine(nowMs: number): string {
  return `Date: ${new Date(nowMs).toUTCString()}\r\n`;
}

const nothing = JSON.stringify({ connections: 0, grants: 0, streams: 0 });

class Play {
  readonly #scenario: Scenario;
  readonly #front: TestFront;
  readonly #way: Way;
  readonly #visitors = new Map<number, ByteParty | H2Party | FramesParty>();
  readonly #leaving: (() => void)[] = [];
  readonly #streams = { app: [] as ByteParty[], other: [] as ByteParty[] };
  readonly #opened = new Changing();
  /** Of every moment of the scenario. */
  readonly #dateLines: string[];
  readonly #untouched = new Set<'app' | 'other'>();
  /** For streams that were not open yet when a step spoke of them. */
  readonly #atMost = new Map<string, readonly Part[]>();

  constructor(scenario: Scenario, front: TestFront, way: Way) {
    this.#scenario = scenario;
    this.#front = front;
    this.#way = way;
    this.#dateLines = [dateLine(front.clock.now())];
    for (const name of ['app', 'other'] as const) {
      const link = fakeLink({ raw: (stream) => this.#open(name, stream) });
      front.publish(fakeRoute(`${name}.example.test`, { link }));
    }
  }

  async run(): Promise<void> {
    for (const step of this.#scenario.steps) {
      try {
        await this.#take(step);
      } catch (error) {
        throw new Error(`line ${step.line}: ${(error as Error).message}`, { cause: error });
      }
    }
    try {
      await this.#end();
    } catch (error) {
      throw new Error(`at the end: ${(error as Error).message}`, { cause: error });
    }
  }

  async #take(step: Step): Promise<void> {
    const { kind, number } = step.actor;
    if (kind === 'clock') return this.#advance(step.amount);
    if (kind === 'visitor') return this.#visitorStep(step);
    if (step.verb === 'receives nothing') return void this.#untouched.add(kind);
    if (step.verb === 'receives at most' && this.#streams[kind][number - 1] === undefined)
      return void this.#atMost.set(`${kind} ${number}`, step.content);
    await byteStep(await this.#stream(kind, number), step);
  }

  /** Time passes for everybody who is connected, so they have to be. */
  async #advance(ms: number): Promise<void> {
    const { front, clock } = this.#front;
    await until(
      () => front.connectionCount === this.#visitors.size,
      () => 'not every visitor is connected',
    );
    clock.advance(ms);
    this.#dateLines.push(dateLine(clock.now()));
  }

  async #visitorStep(step: Step): Promise<void> {
    const visitor = this.#visitors.get(step.actor.number) ?? this.#connect(step);
    if (!(visitor instanceof FramesParty)) return byteStep(visitor, step);
    if (step.verb === 'sends frames') visitor.sendsFrames(step.lines, (line) => patternText(parsePattern([line])));
    else if (step.verb === 'is cut') await visitor.isCutNow(1);
    else if (step.verb === 'is ended') await visitor.isEndedNow(1);
    else if (step.verb === 'is closed') await visitor.isClosedNow();
    else throw new Error(`a visitor who sends frames cannot say "${step.verb}"`);
  }

  #connect({ actor, verb }: Step): ByteParty | H2Party | FramesParty {
    const party =
      verb === 'sends frames'
        ? new FramesParty(this.#front.port)
        : this.#way === 'h2'
          ? new H2Party(this.#front.port)
          : this.#connectPlain(actor.number);
    this.#visitors.set(actor.number, party);
    if (!(party instanceof ByteParty)) this.#leaving.push(() => party.leaves());
    return party;
  }

  #connectPlain(number: number): ByteParty {
    const socket = net.connect({ port: this.#front.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.#leaving.push(() => socket.end());
    return new ByteParty(`visitor ${number}`, socket, { ...this.#options(), leavesWhenEnded: true });
  }

  #open(name: 'app' | 'other', stream: Duplex): void {
    const streams = this.#streams[name];
    const options = { ...this.#options(), ignoresCase: this.#way === 'h2', leavesWhenEnded: true };
    const title = `${name} ${streams.length + 1}`;
    const party = new ByteParty(title, stream, options);
    const atMost = this.#atMost.get(title);
    if (atMost !== undefined) party.receivesAtMost(atMost);
    streams.push(party);
    this.#opened.changed();
  }

  /** What is written beside what a scenario says: by node:http on both sides, by our codec the date. */
  #options(): MatchOptions {
    return { extraLines: this.#way === 'node:http' ? nodeLines : this.#dateLines };
  }

  #stream(name: 'app' | 'other', number: number): Promise<ByteParty> {
    return this.#opened.until(
      () => this.#streams[name][number - 1],
      () => `no stream ${number} to ${name} was opened`,
    );
  }

  /** Everybody leaves: then every byte that was on its way has come, and nothing may be held any more. */
  async #end(): Promise<void> {
    for (const visitor of this.#visitors.values()) if (!(visitor instanceof FramesParty)) visitor.checkNothingLeft();
    for (const leave of this.#leaving) leave();
    for (const visitor of this.#visitors.values()) await visitor.isClosedNow();
    for (const name of ['app', 'other'] as const) {
      for (const stream of this.#streams[name]) await stream.isClosedNow();
      if (this.#untouched.has(name) && this.#streams[name].length > 0)
        throw new Error(`a stream to ${name} was opened`);
    }
    await until(
      () => this.#held() === nothing,
      () => `the front still holds ${this.#held()}`,
    );
  }

  #held(): string {
    const { front, grants, counted } = this.#front;
    return JSON.stringify({ connections: front.connectionCount, grants: grants.size, streams: counted.active });
  }
}

async function byteStep(party: ByteParty | H2Party, step: Step): Promise<void> {
  switch (step.verb) {
    case 'sends':
      return party.sends(patternText(step.content));
    case 'sends bytewise':
      return party.sendsBytewise(patternText(step.content));
    case 'receives':
      return party.receives(step.content);
    case 'receives at most':
      return party.receivesAtMost(step.content);
    case 'ends':
      return party.ends();
    case 'resets':
      return party.resets();
    case 'is ended':
      return party.isEndedNow();
    case 'is cut':
      return party.isCutNow();
    case 'is closed':
      return party.isClosedNow();
    case 'receives nothing':
      return party.checkNothingLeft();
    case 'sends frames':
    case 'advances':
      throw new Error(`${step.actor.kind} cannot say "${step.verb}"`);
  }
}
