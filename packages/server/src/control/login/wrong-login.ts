import { AditError } from '@adit/contracts';

/** The only answer to a wrong name, password or code: nobody learns which of them it was. */
export function wrongLogin(): AditError {
  return new AditError(9140);
}

export function isWrongLogin(error: unknown): boolean {
  return error instanceof AditError && error.code === 9140;
}
