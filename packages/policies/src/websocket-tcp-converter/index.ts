export { websocketTcpConverter } from './websocket-tcp-converter.ts';
