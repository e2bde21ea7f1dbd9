// The only door to this module. What it does and how to use it: README.md.
export { geo } from './geo.ts';
