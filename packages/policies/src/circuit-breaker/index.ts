export { circuitBreaker } from './circuit-breaker.ts';
