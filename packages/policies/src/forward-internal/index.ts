export { forwardInternal } from './forward-internal.ts';
