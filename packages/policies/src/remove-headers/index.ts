export { removeHeaders } from './remove-headers.ts';
