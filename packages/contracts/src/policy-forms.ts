// What a form needs to ask people for the configuration of a policy. It is generated from the schema and the README of each
// policy (tools/gen/policy-forms) and ships with this package as `@adit/contracts/policy-forms.json`. The schema decides what is
// taken in the end: it knows more than a form can show, such as which fields belong together.

export interface PolicyForms {
  /** In the order of the registry. */
  readonly policies: readonly PolicyForm[];
}

export interface PolicyForm {
  /** What rules have as `type`. */
  readonly name: string;
  /** For people: `Restrict IPs`. */
  readonly title: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** In which of them it may be written. */
  readonly phases: readonly string[];
  /** Schemes of the endpoints that may have it: `http`, `https`, `tcp`, `tls`. */
  readonly protocols: readonly string[];
  readonly fields: readonly FormField[];
}

export interface FormField {
  /** Its key in `config`, or in the group it belongs to. */
  readonly name: string;
  /** For people: `Status code`. */
  readonly label: string;
  /** What it means, with its default and its limits. Backquotes are around what is written as it stands. */
  readonly help: string;
  readonly isRequired: boolean;
  /** What holds when it is left out. Missing: nothing does. */
  readonly default?: unknown;
  readonly input: FormInput;
}

export type FormInput =
  | TextInput
  | NumberInput
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly choices: readonly (string | number)[] }
  | { readonly kind: 'list'; readonly of: FormInput; readonly min?: number; readonly max?: number }
  | { readonly kind: 'map'; readonly keys: TextInput; readonly values: FormInput }
  | { readonly kind: 'group'; readonly fields: readonly FormField[] }
  /** Any one of these. */
  | { readonly kind: 'either'; readonly of: readonly FormInput[] };

export interface TextInput {
  /** `secret`: not to be shown while it is written. */
  readonly kind: 'text' | 'secret';
  /** `inside`: `${…}` may stand in it. `whole`: it is one expression, without `${…}`. `none`: it is taken as it stands. */
  readonly expressions: 'none' | 'inside' | 'whole';
  /** Characters. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** A regular expression of JavaScript (flag `u`) that the text has to match. */
  readonly pattern?: string;
}

export interface NumberInput {
  readonly kind: 'number';
  /** False: it may have a fraction. */
  readonly isWhole: boolean;
  readonly min?: number;
  readonly max?: number;
  /** Missing: it is a plain number. */
  readonly unit?: 'bytes' | 'seconds';
}
