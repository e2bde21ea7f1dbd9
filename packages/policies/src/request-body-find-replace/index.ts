export { requestBodyFindReplace } from './request-body-find-replace.ts';
