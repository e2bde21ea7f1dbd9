export { headerAuth } from './header-auth.ts';
