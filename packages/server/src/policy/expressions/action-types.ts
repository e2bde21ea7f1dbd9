import type { ResultShape } from '@adit/policy-kit';
import type { PolicyScope } from '../policy-scope.ts';
import { ActionsView, resultsClass } from './activation.ts';
import type { ObjectType } from './field-row.ts';
import { type MakeView, shapeTypes } from './shape-types.ts';

/** What `actions` is: the types below it, and how it is made of a scope. */
export interface Actions {
  readonly types: Readonly<Record<string, ObjectType>>;
  make(scope: PolicyScope): object;
}

/** @param results What each module leaves, by its name with underscores. */
export function actionTypes(results: ReadonlyMap<string, ResultShape>): Actions {
  const types: Record<string, ObjectType> = {};
  const views = new Map<string, MakeView>();
  for (const [name, shape] of results) {
    const made = shapeTypes(`result.${name}`, shape);
    Object.assign(types, made.types);
    views.set(name, made.view);
  }
  const Results = resultsClass(views);
  const modules = [...views.keys()].map((name) => [name, { type: `result.${name}`, description: '' }] as const);
  const both = { type: 'results', description: '' };
  types['actions'] = { view: ActionsView, fields: { adit: both, ngrok: both } };
  types['results'] = { view: Results, fields: Object.fromEntries(modules) };
  return { types, make: (scope) => new ActionsView(new Results(scope)) };
}
