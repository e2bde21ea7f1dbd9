/**
 * Why an expression has no value for this request. The message may be logged: it says what kind of thing went wrong, and never
 * a word of the request, the expression or a secret.
 */
export class EvaluationFailure extends Error {
  override readonly name = 'EvaluationFailure';
  /** Where in the expression, from 0; undefined: not known. */
  readonly offset: number | undefined;

  /** @param why Fills "Cannot evaluate the expression: …". */
  constructor(why: string, offset?: number) {
    super(`Cannot evaluate the expression: ${why}`);
    this.offset = offset;
  }
}

/** The engine's codes in our words; those of the engine repeat values of the request. */
const reasons: Readonly<Record<string, string>> = {
  no_such_key: 'a field or key is not there',
  index_out_of_bounds: 'a list is shorter than the index',
  index_out_of_range: 'an index is outside of the text',
  no_such_overload: 'the types of an operation do not fit',
  no_matching_overload: 'the types of a call do not fit',
  invalid_logical_operand: 'a condition is not true or false',
  invalid_condition_type: 'a condition is not true or false',
  invalid_comprehension_range: 'something that is neither a list nor a map is gone through',
  optional_value_missing: 'an optional value is not there',
  numeric_overflow: 'a number is too large',
  division_by_zero: 'a division by zero',
  modulo_by_zero: 'a division by zero',
  field_type_mismatch: 'a field has another type than declared',
  variable_type_mismatch: 'a variable has another type than declared',
  list_item_type_mismatch: 'a list holds another type than declared',
  unknown_variable: 'something is not known in this phase',
};

/** Whatever was thrown while evaluating, as something that may be logged. */
export function toFailure(error: unknown): EvaluationFailure {
  if (error instanceof EvaluationFailure) return error;
  const { code, range } = (error ?? {}) as { code?: unknown; range?: { start?: number } };
  const isKnown = typeof code === 'string' && Object.hasOwn(reasons, code);
  const isConversion = typeof code === 'string' && code.endsWith('_conversion_error');
  const why = isKnown ? reasons[code] : isConversion ? 'a value cannot be converted' : undefined;
  return new EvaluationFailure(why ?? 'it went wrong', range?.start);
}
