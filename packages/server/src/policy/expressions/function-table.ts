import type { EvaluatedNow } from './evaluated-now.ts';
import type { Fuel } from './fuel.ts';
import { encodingFunctions } from './functions/encoding-functions.ts';
import type { FunctionRow } from './functions/function-row.ts';
import { hashFunctions } from './functions/hash-functions.ts';
import { listFunctions } from './functions/list-functions.ts';
import { messageFunctions } from './functions/message-functions.ts';
import { networkFunctions } from './functions/network-functions.ts';
import { type Outside, outsideFunctions } from './functions/outside-functions.ts';
import { patternFunctions } from './functions/pattern-functions.ts';
import { standardFunctions } from './functions/standard-functions.ts';
import { textFunctions } from './functions/text-functions.ts';
import { timeFunctions } from './functions/time-functions.ts';
import { urlFunctions } from './functions/url-functions.ts';

/** Every function of the language but macros. */
export function functionTable({ fuel, now, outside }: FunctionNeeds): readonly FunctionRow[] {
  return [
    ...standardFunctions(),
    ...textFunctions(fuel),
    ...patternFunctions(fuel),
    ...listFunctions(fuel),
    ...timeFunctions(fuel),
    ...encodingFunctions(fuel),
    ...hashFunctions(fuel),
    ...urlFunctions(fuel),
    ...networkFunctions(fuel),
    ...messageFunctions(now),
    ...outsideFunctions(outside, now),
  ];
}

export interface FunctionNeeds {
  readonly fuel: Fuel;
  readonly now: EvaluatedNow;
  readonly outside: Outside;
}

/** How a function is called: `replace` behind a text, `md5` behind `hash`, `inCidrRange` alone. */
export interface FunctionName {
  /** `''`: called alone. `'.'`: a method of a value. Else one of `namespaces`. */
  readonly group: string;
  readonly name: string;
  readonly argumentCount: number;
  readonly receiver: string;
  readonly returnType: string;
}

const form = /^(?:([\w.<>]+)\.)?(\w+)\((.*)\): (.+)$/;

/** @throws {TypeError} It is no signature. */
export function readSignature(signature: string, namespaces: ReadonlySet<string>): FunctionName {
  const [, receiver = '', name = '', params = '', returnType = ''] = form.exec(signature) ?? [];
  if (name === '') throw new TypeError(`"${signature}" is no signature`);
  const argumentCount = params === '' ? 0 : splitTypes(params).length;
  // `optional` is a type with methods, and a namespace.
  const isNamespace = namespaces.has(receiver) && !receiver.includes('<');
  const group = receiver === '' ? '' : isNamespace ? receiver : '.';
  return { group, name, argumentCount, receiver, returnType };
}

/** At commas that are not inside of `map<string, dyn>`. */
function splitTypes(params: string): string[] {
  return params.split(/,\s*(?![^<]*>)/);
}
