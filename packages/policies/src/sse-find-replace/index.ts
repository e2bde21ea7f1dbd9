export { sseFindReplace } from './sse-find-replace.ts';
