import type { ApiOperation, ApiSchema } from '@adit/contracts';
import fc from 'fast-check';
import { oddBody } from './odd-bodies.testkit.ts';
import { oddHead, oddParameter, oddQuery } from './odd-heads.testkit.ts';
import { countPlaces, type OddJsonOptions, oddJson } from './odd-json.testkit.ts';
import type { OddRequest } from './odd-request.testkit.ts';
import { oddText } from './odd-texts.testkit.ts';

export interface OddPlace {
  readonly name: string;
  readonly requests: fc.Arbitrary<OddRequest>;
  /** How many requests it takes to have a look at it, in relation to other places. */
  readonly weight: number;
}

const maxWeight = 12;

/** Where a request for the operation can be odd, by its description in the API's document. */
export function placesOf({ parameters = [], requestBody }: ApiOperation, options: OddJsonOptions): OddPlace[] {
  const schema = requestBody?.content['application/json']?.schema;
  const named = parameters.map((one) => ({
    name: `${one.in} ${one.name}`,
    requests: oddParameter(one, options.texts),
  }));
  const query = parameters.some((one) => one.in === 'query') ? [{ name: 'query', requests: oddQuery }] : [];
  const rest = [...query, { name: 'head', requests: oddHead }, { name: 'body', requests: oddBody }];
  return [
    ...[...named, ...rest].map((place) => ({ ...place, weight: 2 })),
    ...(schema ? bodyPlaces(options.resolve(schema), options) : []),
  ];
}

function bodyPlaces({ properties = {} }: ApiSchema, options: OddJsonOptions): OddPlace[] {
  const members = Object.entries(properties).map(([name, schema]) => ({
    name: `body ${name}`,
    requests: oddMember(name, schema, options),
    weight: Math.min(countPlaces(schema, options), maxWeight),
  }));
  const names = fc.constantFrom('__proto__', 'constructor', 'toString', 'id ', 'ID', 'Description');
  const unknown = fc.oneof(names, oddText([])).map((name) => ({ more: [name, '{}'] as const }));
  return [...members, { name: 'body, unknown members', requests: unknown, weight: 1 }];
}

function oddMember(name: string, schema: ApiSchema, options: OddJsonOptions): fc.Arbitrary<OddRequest> {
  const odd = oddJson(schema, options);
  const inside = fc.tuple(oddText(options.texts), fc.constantFrom(0, 0.5, 1));
  return fc.oneof(
    { arbitrary: odd.map((json) => ({ member: [name, json] as const })), weight: 8 },
    { arbitrary: inside.map(([text, at]) => ({ inside: { name, text, at } })), weight: 2 },
    { arbitrary: fc.constant({ member: [name, null] as const }), weight: 1 },
    { arbitrary: odd.map((json) => ({ more: [name, json] as const })), weight: 1 },
  );
}
