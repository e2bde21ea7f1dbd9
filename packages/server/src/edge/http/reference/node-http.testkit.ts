import type { Codec } from '../codec.ts';
import type { Visitor } from '../visitor-connection.ts';
import type { NodeHttpDeps } from './http1-exchange.testkit.ts';
import { NodeHttpPool } from './node-http-pool.testkit.ts';
import { NodeHttp1 } from './node-http1.testkit.ts';

/** What makes a front run HTTP/1 on node:http, on both sides: parts for `HttpFrontDeps`. */
export function nodeHttp(deps: NodeHttpDeps) {
  const codecs: Partial<Record<Visitor['alpn'], Codec>> = { 'http/1.1': new NodeHttp1(deps) };
  const openPool = (...[route, visitor, options]: ConstructorParameters<typeof NodeHttpPool>): NodeHttpPool =>
    new NodeHttpPool(route, visitor, options);
  return { codecs, openPool };
}
