// The only door to this module. What it does and how to use it: README.md.
export { terminateTls } from './terminate-tls.ts';
