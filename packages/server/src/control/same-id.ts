import { AditError } from '@adit/contracts';

/**
 * Of a body that may name the object of the path once more (as ngrok's API clients do): makes sure that it is the same one.
 *
 * @throws {AditError} 215: it is another.
 */
export function checkSameId(bodyId: string | undefined, pathId: string): void {
  if (bodyId === undefined || bodyId === pathId) return;
  throw new AditError(215, 'Cannot read the body: its "id" is not that of the path');
}
