import type { AddressBook, PolicyRequest, PolicyResponse } from '@adit/policy-kit';
import type { PolicyScope } from '../policy-scope.ts';
import type { MakeView } from './shape-types.ts';
import { toCel } from './to-cel.ts';
import { ConnectionView } from './views/connection-view.ts';
import { Derived } from './views/derived.ts';
import { EndpointView } from './views/endpoint-view.ts';
import { EventView } from './views/event-view.ts';
import type { Turn } from './views/header-map.ts';
import { RequestView } from './views/request-view.ts';
import { ResponseView } from './views/response-view.ts';
import { TimeView } from './views/time-view.ts';

/** Where values come from that are not in a scope. */
export interface Sources {
  readonly addresses: AddressBook;
  /** What `actions` is. */
  readonly makeActions: (scope: PolicyScope) => object;
}

/**
 * The variables of one scope, as the engine asks for them: by name, and nothing is made before it is asked for. Kept with the
 * scope, so that what one expression has parsed the next one need not. What may change between two evaluations is compared
 * with what it was: see `Turn` and `Derived`.
 */
export class Activation {
  readonly turn: Turn = { number: 0 };
  readonly scope: PolicyScope;
  /** Not private in the language's sense: an activation with more variables has this one as its prototype. */
  readonly made: Made;
  readonly sources: Sources;

  constructor(scope: PolicyScope, sources: Sources) {
    this.scope = scope;
    this.sources = sources;
    this.made = {};
  }

  get conn(): ConnectionView {
    this.made.connection ??= new ConnectionView(this.scope.connection, this.sources.addresses);
    return this.made.connection;
  }

  get endpoint(): EndpointView {
    this.made.endpoint ??= new EndpointView(this.scope.endpoint);
    return this.made.endpoint;
  }

  get time(): TimeView {
    return new TimeView(this.scope.nowMs);
  }

  get req(): RequestView | undefined {
    const { request } = this.scope;
    if (!request) return undefined;
    this.made.request ??= new Derived((message) => new RequestView(message, this.turn));
    return this.made.request.of(request);
  }

  get res(): ResponseView | undefined {
    const { response } = this.scope;
    if (!response) return undefined;
    this.made.response ??= new Derived((message) => new ResponseView(message, this.turn));
    return this.made.response.of(response);
  }

  get event(): EventView | undefined {
    const { event } = this.scope;
    return event && new EventView(event);
  }

  get vars(): ReadonlyMap<string, unknown> {
    const { variables } = this.made;
    if (variables?.turn === this.turn.number) return variables.values;
    const values = new Map<string, unknown>();
    for (const [name, value] of this.scope.variables) values.set(name, toCel(value));
    this.made.variables = { turn: this.turn.number, values };
    return values;
  }

  get actions(): object {
    this.made.actions ??= this.sources.makeActions(this.scope);
    return this.made.actions;
  }
}

interface Made {
  request?: Derived<PolicyRequest, RequestView>;
  response?: Derived<PolicyResponse, ResponseView>;
  connection?: ConnectionView;
  endpoint?: EndpointView;
  actions?: object;
  variables?: { readonly turn: number; readonly values: ReadonlyMap<string, unknown> };
}

/** `actions`: the results by the name of the product, and by the one that documents written for ngrok use. */
export class ActionsView {
  readonly adit: object;

  constructor(results: object) {
    this.adit = results;
  }

  get ngrok(): object {
    return this.adit;
  }
}

/** The class of `actions.adit`, with one field for each module. What has not run yet is not there. */
export function resultsClass(views: ReadonlyMap<string, MakeView>): new (scope: PolicyScope) => object {
  class ResultsView {
    readonly scope: PolicyScope;
    readonly made = new Map<string, Derived<Parameters<MakeView>[0], object>>();

    constructor(scope: PolicyScope) {
      this.scope = scope;
    }
  }
  for (const [name, makeView] of views) {
    Object.defineProperty(ResultsView.prototype, name, {
      get(this: ResultsView) {
        const values = this.scope.results.get(name);
        if (!values) return undefined;
        const made = this.made.get(name) ?? new Derived(makeView);
        this.made.set(name, made);
        return made.of(values);
      },
    });
  }
  return ResultsView;
}
