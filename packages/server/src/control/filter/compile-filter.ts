// The `filter` parameter of lists: a subset of CEL on `obj`, the object as the API shows it. Parsed and type-checked by a CEL
// engine, which knows much more than the subset: `checkSubset` goes over what it read and refuses the rest.
import { AditError } from '@adit/contracts';
import type { FilterFields } from '@adit/contracts/api';
import type * as Cel from '@marcbachmann/cel-js';
import { checkSubset } from './check-subset.ts';
import { schemaOf, timestampType, valuesOf } from './filter-fields.ts';
import { defaultFilterLimits, type FilterLimits } from './filter-limits.ts';
import { invalidFilter } from './invalid-filter.ts';
import { readDuration } from './read-duration.ts';

/** True if an object, as the API shows it, is one that was asked for. Never throws. */
export type Filter = (object: object) => boolean;

/**
 * Compiles `obj.created_at > timestamp(time.now).subtract("7d") && "public" in obj.bindings` and the like.
 *
 * @param nowMs What `time.now` stands for, milliseconds since 1970.
 * @throws {AditError} 250: says what is wrong, in which column, and the field that was probably meant. Nothing else.
 */
export async function compileFilter(text: string, fields: FilterFields, nowMs: number): Promise<Filter> {
  const limits = defaultFilterLimits;
  if (text.length > limits.maxChars) throw invalidFilter(`it is longer than ${limits.maxChars} characters`);
  // Loaded when the first filter comes: most servers start without ever seeing one.
  const { Environment } = await import('@marcbachmann/cel-js');
  const { expression, used } = parse(text, environment(Environment, fields, limits), fields);
  const time = { now: new Date(nowMs) };
  return (object) => isTrue(expression, { obj: valuesOf(object, used), time });
}

type Environment = InstanceType<typeof Cel.Environment>;

function environment(Engine: typeof Cel.Environment, fields: FilterFields, limits: FilterLimits): Environment {
  const shift = (sign: 1 | -1) => (time: Date, duration: string) =>
    new Date(time.getTime() + sign * (readDuration(duration) ?? Number.NaN));
  return new Engine({
    limits: { maxDepth: limits.maxDepth, maxAstNodes: limits.maxParts, maxListElements: limits.maxListValues },
  })
    .registerFunction(`timestamp(${timestampType}): ${timestampType}`, (time: Date) => time)
    .registerFunction(`${timestampType}.add(string): ${timestampType}`, shift(1))
    .registerFunction(`${timestampType}.subtract(string): ${timestampType}`, shift(-1))
    .registerVariable({ name: 'obj', schema: schemaOf(fields) })
    .registerVariable({ name: 'time', schema: { now: timestampType } });
}

function parse(
  text: string,
  environment: Environment,
  fields: FilterFields,
): { expression: Cel.ParseResult; used: FilterFields } {
  try {
    const expression = environment.parse(text);
    const used = checkSubset(expression.ast, fields);
    const { error, type } = expression.check();
    if (error !== undefined) throw error;
    if (type !== 'bool') throw invalidFilter('it is not a condition: its result is not true or false');
    return { expression, used };
  } catch (error) {
    throw error instanceof AditError ? error : fromEngine(error, text);
  }
}

/** What the engine finds wrong, in words for people who write filters. */
function fromEngine(error: unknown, text: string): AditError {
  if (text.trim() === '') return invalidFilter('it is empty');
  if (!(error instanceof Error && 'summary' in error && typeof error.summary === 'string')) {
    return invalidFilter('it cannot be read');
  }
  const { start } = 'range' in error ? ((error.range ?? {}) as { start?: number }) : {};
  return invalidFilter(inOurWords(error.summary), start);
}

function inOurWords(summary: string): string {
  return summary
    .replaceAll(timestampType, 'timestamp')
    .replace(/^(?:no such overload|found no matching overload for)/i, 'the types do not fit')
    .replace(/^Exceeded maxDepth \((\d+)\)$/, 'it is more than $1 levels deep')
    .replace(/^Exceeded maxAstNodes \((\d+)\)$/, 'it has more than $1 parts')
    .replace(/^Exceeded maxListElements \((\d+)\)$/, 'a list has more than $1 values');
}

/** A comparison with a value that is absent is an error to the engine: then the object is not one of those asked for. */
function isTrue(expression: Cel.ParseResult, values: Cel.Context): boolean {
  try {
    return expression(values) === true;
  } catch {
    return false;
  }
}
