import {
  asksForWebSocket,
  type Decision,
  definePolicy,
  proceed,
  type RequestContext,
  recheckRequest,
} from '@adit/policy-kit';
import { type WebsocketTcpConverterConfig, websocketTcpConverterConfig } from './schema.ts';

const refused: Decision = Object.freeze({
  outcome: 'deny',
  reason: 'websocket-tcp-converter/no-websocket',
  code: 3206,
});

/** Gives a service the bytes of visitors' WebSockets; see README.md. */
export const websocketTcpConverter = definePolicy<WebsocketTcpConverterConfig>({
  name: 'websocket-tcp-converter',
  phases: ['on_http_request'],
  schema: websocketTcpConverterConfig,
  reasons: { 'no-websocket': 'The request does not ask for a WebSocket.' },
  prepare() {
    function decide({ request }: RequestContext): Decision {
      if (!asksForWebSocket(request)) return refused;
      request.unwrapWebSocket();
      return proceed;
    }
    return { request: decide, recheck: recheckRequest(decide) };
  },
});
