export { urlRewrite } from './url-rewrite.ts';
