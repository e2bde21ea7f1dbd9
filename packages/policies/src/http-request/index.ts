export { httpRequest } from './http-request.ts';
