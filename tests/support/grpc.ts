import {
  Client,
  type ClientOptions,
  credentials,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import type { TestServer } from './server.ts';

const asTheyAre = (bytes: Buffer): Buffer => bytes;

/** A method that takes and gives plain bytes, so that no schema is needed. */
function method(name: string, streams: { request: boolean; response: boolean }): MethodDefinition<Buffer, Buffer> {
  return {
    path: `/adit.test.Echo/${name}`,
    ...{ requestStream: streams.request, responseStream: streams.response },
    ...{ requestSerialize: asTheyAre, requestDeserialize: asTheyAre },
    ...{ responseSerialize: asTheyAre, responseDeserialize: asTheyAre },
  };
}

/** One method of each kind. */
export const methods = {
  unary: method('Unary', { request: false, response: false }),
  serverStream: method('ServerStream', { request: false, response: true }),
  clientStream: method('ClientStream', { request: true, response: false }),
  bidi: method('Bidi', { request: true, response: true }),
} satisfies ServiceDefinition;

const maxMessage = { 'grpc.max_receive_message_length': 8 * 1024 * 1024 };

/** A private gRPC service for this test, on loopback and a port of its own; answers the port. */
export async function startGrpcService(
  implementation: UntypedServiceImplementation,
  serverCredentials: ServerCredentials = ServerCredentials.createInsecure(),
): Promise<number> {
  const server = new Server(maxMessage);
  server.addService(methods, implementation);
  onTestFinished(() => server.forceShutdown());
  return await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', serverCredentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}

/** A gRPC client of an endpoint: it trusts only the server's CA, and need not be able to resolve its names. */
export function openGrpcClient(server: Pick<TestServer, 'ca'>, url: string): Client {
  const { hostname, host, port } = new URL(url);
  const options: ClientOptions = {
    ...maxMessage,
    'grpc.ssl_target_name_override': hostname,
    'grpc.default_authority': host,
  };
  const client = new Client(`127.0.0.1:${port}`, credentials.createSsl(Buffer.from(server.ca)), options);
  onTestFinished(() => client.close());
  return client;
}
