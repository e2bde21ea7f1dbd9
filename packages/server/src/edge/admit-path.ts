import type { Grant, Grants, LiveStream } from '../domain/grants.ts';
import type { Route } from '../domain/route.ts';

/**
 * Admits a stream to every endpoint that it goes through: the one that was asked for, each internal one that policies sent it on
 * to, and the one that serves it, last. It rests on all of them.
 */
export function admitPath(grants: Pick<Grants, 'admit'>, path: readonly Route[], stream: LiveStream): Grant[] {
  return path.map((route, i) => grants.admit(route, stream, path[i + 1]));
}
