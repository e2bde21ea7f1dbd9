export { deny } from './deny.ts';
