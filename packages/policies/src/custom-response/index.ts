export { customResponse } from './custom-response.ts';
