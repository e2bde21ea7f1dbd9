import { objectText } from './odd-json.testkit.ts';
import type { OddRequest } from './odd-request.testkit.ts';

/** A body of those members, each in JSON, but for what is odd. */
export function bodyText(members: readonly [string, string][], { member, more, inside }: OddRequest): string {
  const others = members
    .filter(([name]) => name !== member?.[0])
    .map(([name, json]) => [name, name === inside?.name ? withInside(json, inside) : json] as const);
  const added = [member, more].filter((one): one is readonly [string, string] => typeof one?.[1] === 'string');
  return objectText([...others, ...added]);
}

function withInside(json: string, { text, at }: { text: string; at: number }): string {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'string') return json;
  const index = Math.floor(value.length * at);
  return JSON.stringify(value.slice(0, index) + text + value.slice(index));
}
