import { randomInt } from 'node:crypto';
import type { Endpoint } from '../domain/endpoint.ts';
import type { Route } from '../domain/route.ts';
import type { Name } from './names.ts';

/** Each endpoint of a pool as often as the others, however many legs serve it. */
export function anyOf(name: Name | undefined): Route | undefined {
  const members = name?.members ?? [];
  if (members.length < 2) return members[0];
  const endpoints = legsByMembers.get(members) ?? legsOf(members);
  const legs = endpoints[randomInt(endpoints.length)] ?? [];
  return legs[randomInt(legs.length)];
}

/** Found once for each set of members, which is replaced whole: visitors ask for it. */
const legsByMembers = new WeakMap<readonly Route[], Route[][]>();

function legsOf(members: readonly Route[]): Route[][] {
  const legs = [...Map.groupBy(members, ({ endpoint }) => endpoint.id).values()];
  legsByMembers.set(members, legs);
  return legs;
}

/** Each once, however many legs of its session serve it. */
export function endpointsOf(names: Iterable<Name>): Endpoint[] {
  const endpoints = new Map<string, Endpoint>();
  for (const { members } of names) for (const { endpoint } of members) endpoints.set(endpoint.id, endpoint);
  return [...endpoints.values()];
}

/** The description of an endpoint may change while it is online; who serves it and who is let in do not. */
export function isSameBind(a: Route, b: Route): boolean {
  return a.bindId === b.bindId && a.link === b.link && a.chain === b.chain;
}
