import type { AditError } from '@adit/contracts';

/** A policy that endpoints have to have, for all visitors. */
export interface Requirement {
  /** As `type` of a rule's action. */
  readonly action: string;
  /** What must stand in its configuration, letter by letter; it may have more. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Who demands what of an endpoint. */
export interface Requirements {
  /** What it is opened with. */
  readonly credential: readonly Requirement[];
  /** Whose it is. */
  readonly account: readonly Requirement[];
}

/**
 * Reads `ACTION` or `ACTION {"setting":value}`.
 *
 * @param refuse Makes the error that is thrown when it is neither.
 */
export function parseRequirement(text: string, refuse: (why: string) => AditError): Requirement {
  const [, action, json = '{}'] = /^([a-z][a-z0-9-]*)(?: (.+))?$/.exec(text) ?? [];
  if (action === undefined) throw refuse('a requirement is the name of an action, and what must be set as JSON');
  const settings = parseObject(json);
  if (!settings) throw refuse('what stands behind the action is no JSON object');
  return { action, settings };
}

function parseObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** In its one form. `parseRequirement` reads it back. */
export function formatRequirement({ action, settings }: Requirement): string {
  return Object.keys(settings).length === 0 ? action : `${action} ${JSON.stringify(settings)}`;
}
