export { addHeaders } from './add-headers.ts';
