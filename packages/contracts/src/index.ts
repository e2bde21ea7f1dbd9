// Words both sides must agree on: error codes, ids, API schemas. Pure data: no I/O, no Node built-ins, runs in a browser.
// What server and agent both *run* is in packages/wire.
export type {
  ApiContent,
  ApiDocument,
  ApiMethod,
  ApiOperation,
  ApiParameter,
  ApiResponse,
  ApiSchema,
} from './api-document.ts';
export { AditError, toAditError, type WireCode } from './errors/adit-error.ts';
export { type ErrorKind, errorKinds } from './errors/kinds.ts';
export { type ErrorCode, type ErrorRow, errorTable } from './errors/table.ts';
export { type Id, type IdKind, idPrefixes, isId, newId } from './ids/id.ts';
export { nearestKey } from './nearest-key.ts';
export type { FormField, FormInput, NumberInput, PolicyForm, PolicyForms, TextInput } from './policy-forms.ts';
