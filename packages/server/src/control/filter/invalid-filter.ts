import { AditError } from '@adit/contracts';

const maxReasonChars = 300;

/**
 * The one error of filters.
 *
 * @param position Where in the filter, from 0; people are told the column, from 1. Left out: in no one place.
 */
export function invalidFilter(why: string, position?: number): AditError {
  const reason = why.slice(0, maxReasonChars);
  if (position === undefined) return new AditError(250, `Cannot use the filter: ${reason}`);
  const column = position + 1;
  return new AditError(250, `Cannot use the filter: ${reason} (column ${column})`, { details: { column } });
}
