export { jwtValidation } from './jwt-validation.ts';
