import { type ApiDocument, type ApiMethod, type ApiOperation, type ApiSchema, newId } from '@adit/contracts';
import type { InjectOptions } from 'fastify';
import type { Store } from '../../domain/store.ts';
import { addPerson, openWorld, type Person, recordTrace, type World } from '../control.testkit.ts';
import { readDocument } from '../reference/reference-files.ts';
import type { AnyResource } from '../resources/resource.ts';
import { nestedResources, resources } from '../resources/resources.ts';
import { samples } from '../resources/samples.testkit.ts';
import { bodyText } from './body-text.testkit.ts';
import { addModules, prepareModule } from './edge-requests.testkit.ts';
import { fillAccount } from './fill-account.testkit.ts';
import { isOwnLogin, prepareLogin } from './login-requests.testkit.ts';
import { markSecrets } from './mark-secrets.testkit.ts';
import { oddBodies } from './odd-bodies.testkit.ts';
import { type OddJsonOptions, plainJson } from './odd-json.testkit.ts';
import type { OddRequest } from './odd-request.testkit.ts';
import { pathNames, usualMembers } from './usual-requests.testkit.ts';

/** An operation as the document has it. */
export interface FuzzedOperation extends ApiOperation {
  readonly method: ApiMethod;
  readonly path: string;
}

export interface Exchange {
  readonly operation: FuzzedOperation;
  readonly odd: OddRequest;
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly tookMs: number;
}

/** In every text of the other account. */
export const foreignText = 'for nobody else to see';

type Ids = readonly [own: string[], heardOf: string[], unheardOf: string[]];

/** The API over a store with two accounts that have one of everything, and the document that says how it can be called. */
export class FuzzTarget {
  readonly world: World;
  readonly store: Store;
  readonly stranger: Person;
  /** What no answer may have in it: ids of the other account, and where those are that a caller may have heard of. */
  readonly foreign: readonly string[];
  readonly operations: readonly FuzzedOperation[];
  readonly options: OddJsonOptions;
  /** Descriptions in requests that were refused. */
  readonly refused = new Set<string>();
  caller: Person;
  readonly #ids = new Map<string, string>();
  #sent = 0;

  private constructor(parts: {
    world: World;
    store: Store;
    people: [Person, Person];
    ids: Ids;
    document: ApiDocument;
  }) {
    this.world = parts.world;
    this.store = parts.store;
    [this.caller, this.stranger] = parts.people;
    const [own, heardOf, unheardOf] = parts.ids;
    this.foreign = [...unheardOf, this.stranger.accountId, ...heardOf.map((id) => `/${id}`)];
    this.operations = operationsOf(parts.document);
    const missing = [newId('vault', 0), newId('user', 0), `${newId('ipPolicy', 0)}0`, 'vault_', 'ipp_ü', 'cr_\0'];
    const { schemas } = parts.document.components;
    const resolve = (schema: ApiSchema) => schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema;
    this.options = { texts: [...own, ...heardOf, this.stranger.userId, ...missing], resolve };
  }

  /** @param ownStore Default: the world's, SQLite. Whoever gives it closes it. */
  static async open(ownStore?: Store): Promise<FuzzTarget> {
    const world = await openWorld(ownStore && { store: ownStore });
    const store = ownStore ?? world.store;
    const people: [Person, Person] = [await addPerson(store, 'administrator'), await addPerson(store, 'administrator')];
    const [caller, stranger] = people;
    const foreign = () => fillAccount(world, stranger, foreignText);
    const ids: Ids = [await fillAccount(world, caller, ''), await foreign(), await foreign()];
    return new FuzzTarget({ world, store, people, ids, document: JSON.parse(await readDocument()) as ApiDocument });
  }

  async dispose(): Promise<void> {
    await this.world.dispose();
    if (this.store !== this.world.store) await this.store.close();
  }

  operationAt(method: string, path: string): FuzzedOperation {
    const found = this.operations.find((one) => one.method === method && one.path === path);
    if (!found) throw new RangeError(`There is no ${method} ${path}`);
    return found;
  }

  /** How many requests were made, those for what is needed included. */
  get sent(): number {
    return this.#sent;
  }

  /** Goes on with a new key, as whoever has it may have taken it from himself. */
  async renewCaller(): Promise<void> {
    this.caller = await addPerson(this.store, 'administrator', this.caller.accountId);
  }

  async send(operation: FuzzedOperation, odd: OddRequest = {}): Promise<Exchange> {
    const mark = `request ${++this.#sent}`;
    const method = odd.method ?? operation.method.toUpperCase();
    const members = operation.requestBody ? await this.#membersOf(operation, mark) : undefined;
    const payload = odd.body === undefined ? members && bodyText(members, odd) : oddBodies[odd.body];
    const url = (await this.#pathOf(operation, odd.names)) + (odd.query === undefined ? '' : `?${odd.query}`);
    const headers = { ...(payload !== undefined && { 'content-type': 'application/json' }), ...odd.headers };
    this.world.logged.length = 0;
    const startedAtMs = performance.now();
    const request = { method: method as 'GET', url, headers, ...(payload !== undefined && { payload }) };
    const answer = await this.call(request);
    const [status, tookMs] = [answer.statusCode, performance.now() - startedAtMs];
    if (status >= 400) this.refused.add(mark);
    if (method === 'DELETE' && status < 400) this.#ids.clear();
    return { operation, odd, status, headers: answer.headers, text: answer.body, tookMs };
  }

  /** Calls as `person`, by default the caller. */
  async call(request: InjectOptions, person: Person = this.caller) {
    return await this.world.app.inject({
      ...request,
      headers: { authorization: `Bearer ${person.key}`, ...request.headers },
    });
  }

  /** What is sent if nothing is odd: of what is kept, everything that must be there, and a text to know it by. */
  async #membersOf(operation: FuzzedOperation, mark: string): Promise<[string, string][]> {
    const { method, path, requestBody } = operation;
    const schema = this.options.resolve(requestBody?.content['application/json']?.schema ?? {});
    const isAt = ({ contract }: AnyResource) => contract.path.replace(/:(\w+)/, '{$1}') === path;
    const resource = method === 'post' ? [...resources, ...nestedResources].find(isAt) : undefined;
    const plain: unknown = resource
      ? await samples[resource.kind].create(this.world, this.caller)
      : JSON.parse(plainJson(schema, this.options));
    const described = schema.properties?.['description'] && { description: mark };
    const prepared = { ...(await prepareLogin(this, operation)), ...(await prepareModule(this, operation)) };
    const own = { ...usualMembers(operation, mark), ...prepared };
    const whole = { ...(plain as object), ...described, ...own };
    const marked = markSecrets(whole, schema, this.options.resolve) as object;
    return Object.entries(marked).map(([name, value]) => [name, JSON.stringify(value)]);
  }

  async #pathOf({ path }: Pick<FuzzedOperation, 'path'>, odd: OddRequest['names'] = {}): Promise<string> {
    const names = path.matchAll(/\{(\w+)\}/g);
    let text = path;
    for (const [placeholder, name = ''] of names) {
      const usual = name === 'id' ? await this.#idOf(path) : await this.#nameOf(name);
      text = text.replace(placeholder, () => odd[name] ?? usual ?? '');
    }
    return text;
  }

  async #nameOf(name: string): Promise<string | undefined> {
    return name === 'edge_id' ? await this.#idOf('/edges/https/{id}') : pathNames[name];
  }

  /** One that the caller's account has of what is at that path. */
  async #idOf(path: string): Promise<string> {
    if (isOwnLogin(path)) return this.caller.userId;
    const collection = path.split('/{id}')[0] ?? '';
    if (collection === '/decision_traces') return recordTrace(this.world, this.caller.accountId);
    const known = this.#ids.get(collection);
    if (known !== undefined) return known;
    const create = this.operations.find((one) => one.method === 'post' && one.path === collection);
    const made = create ? await this.send(create) : undefined;
    const id = made?.status === 201 ? (JSON.parse(made.text) as { id: string }).id : await this.#firstOf(collection);
    this.#ids.set(collection, id);
    await addModules(this, { collection, url: `${await this.#pathOf({ path: collection })}/${id}` });
    return id;
  }

  async #firstOf(collection: string): Promise<string> {
    const { body } = await this.call({ url: collection });
    const list = Object.values(JSON.parse(body) as object).find(Array.isArray) as [{ id: string }?] | undefined;
    return list?.[0]?.id ?? '';
  }
}

function operationsOf({ paths }: ApiDocument): FuzzedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method as ApiMethod, path })),
  );
}
