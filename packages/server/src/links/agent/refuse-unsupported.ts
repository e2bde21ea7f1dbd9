import { AditError } from '@adit/contracts';
import type { BindRequest } from '@adit/wire';
import { acceptedParts } from './accepted-options.ts';

type Opts = Readonly<Record<string, unknown>>;

/**
 * @param accepted Names of options, in lower case.
 * @throws {AditError} 9403: an option is set that is not among them, or a part of one that is not accepted. 301: twice.
 */
export function refuseUnsupported({ Opts: opts, Extra: extra }: BindRequest, accepted: ReadonlySet<string>): void {
  refuseOthers(opts, accepted);
  for (const [name, value] of Object.entries(opts)) {
    const parts = acceptedParts.get(name.toLowerCase());
    if (parts && isObject(value)) refuseOthers(value, parts, `${name}.`);
  }
  if (extra.IPPolicyRef !== '') throw unsupported('IPPolicyRef');
}

function refuseOthers(object: Opts, accepted: ReadonlySet<string>, prefix = ''): void {
  refuseAmbiguous(object);
  for (const [name, value] of Object.entries(object)) {
    if (isSet(value) && !accepted.has(name.toLowerCase())) throw unsupported(`${prefix}${name}`);
  }
}

/** Keys are matched in any letter case, so a second spelling could hide what the first one asks for. */
function refuseAmbiguous(object: Opts): void {
  const seen = new Set<string>();
  for (const name of Object.keys(object)) {
    const lower = name.toLowerCase();
    if (seen.has(lower)) throw new AditError(301, `Cannot read the endpoint options: ${quoted(name)} is there twice`);
    seen.add(lower);
  }
}

export function unsupported(option: string): AditError {
  return new AditError(9403, `Cannot open the endpoint: this server does not support the option ${quoted(option)}`);
}

/** The value of a key in any letter case. */
export function valueOf(object: Opts, lowerCaseName: string): unknown {
  return Object.entries(object).find(([name]) => name.toLowerCase() === lowerCaseName)?.[1];
}

/** Clients leave options out, or send `null` or the zero of the type. `{}` is set: it switches a module on. */
function isSet(value: unknown): boolean {
  const isEmptyList = Array.isArray(value) && value.length === 0;
  return value !== null && value !== '' && value !== 0 && value !== false && !isEmptyList;
}

function isObject(value: unknown): value is Opts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
