import { AditError } from '@adit/contracts';

/** For a `PATCH` whose body leaves everything as it is (ngrok REST API v2, conventions). */
export function nothingToChange(): AditError {
  return new AditError(215, 'Cannot change the object: the body says nothing to change');
}
