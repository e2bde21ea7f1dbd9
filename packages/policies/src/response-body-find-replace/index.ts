export { responseBodyFindReplace } from './response-body-find-replace.ts';
