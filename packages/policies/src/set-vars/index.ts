export { setVars } from './set-vars.ts';
