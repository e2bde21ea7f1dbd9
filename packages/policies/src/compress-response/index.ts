export { compressResponse } from './compress-response.ts';
