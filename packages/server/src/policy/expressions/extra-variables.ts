import type { ResultShape } from '@adit/policy-kit';
import type { FieldRow, ObjectType } from './field-row.ts';
import { shapeTypes } from './shape-types.ts';

/** Values of the variables that one caller adds, as their shape declares them. */
export type ExtraValues = Readonly<Record<string, unknown>>;

/** Variables that one caller adds to those of a phase: how they are declared, and how the engine gets their values. */
export interface ExtraVariables {
  readonly rows: Readonly<Record<string, FieldRow>>;
  readonly types: Readonly<Record<string, ObjectType>>;
  read(values: ExtraValues): ExtraValues;
}

export function extraVariables(shape: ResultShape): ExtraVariables {
  const { types, view } = shapeTypes('variable', shape);
  const { variable, ...inner } = types;
  const rows = (variable?.fields ?? {}) as Readonly<Record<string, FieldRow>>;
  const read = (values: ExtraValues) => {
    const made = view(values) as ExtraValues;
    return Object.fromEntries(Object.keys(shape).map((name) => [name, made[name]]));
  };
  return { rows, types: inner, read };
}
