import { captureOperations } from './capture-operations.ts';
import { endpointOperations } from './endpoint-operations.ts';
import type { Operation } from './operation.ts';

const operations: readonly Operation[] = [...endpointOperations, ...captureOperations];

/** The operation of a path and the varying part of that; or whether the path exists, with other methods. */
export function findOperation(method: string, path: string): { operation: Operation; param: string } | 'method' | null {
  let isKnownPath = false;
  for (const operation of operations) {
    const param = paramOf(operation.path, path);
    if (param === null) continue;
    if (operation.method === method) return { operation, param };
    isKnownPath = true;
  }
  return isKnownPath ? 'method' : null;
}

/** Null: the path is another. */
function paramOf(pattern: string, path: string): string | null {
  const [before = '', after] = pattern.split(':');
  if (after === undefined) return path === pattern ? '' : null;
  if (!path.startsWith(before) || !path.endsWith(after)) return null;
  const segment = path.slice(before.length, path.length - after.length);
  if (segment === '' || segment.includes('/')) return null;
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
