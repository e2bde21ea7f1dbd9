import type { AddressFact, Phase } from '@adit/policy-kit';

/** A name that expressions may use: a variable, or a field of an object. */
export interface FieldRow {
  /** A type of the engine, `timestamp`, `duration`, or an object of `objectTypes`; lists and maps of those. */
  readonly type: string;
  /** One sentence. */
  readonly description: string;
  /** An object that is a text as well: used without a field behind it, it is the view's field of that name with `$` in front. */
  readonly isText?: true;
  /** A map whose keys are in lower case: those that are written out may be in any. */
  readonly isLowerCase?: true;
  /** The first phase that has it. Default: that of what it belongs to. */
  readonly since?: Phase;
  /** A text with an object behind it: before a field it is the view's field of that name with `$` in front, of this type. */
  readonly below?: string;
  /** Known only where a database of the operator's says one of these. */
  readonly facts?: readonly AddressFact[];
}

/** A name that documents for other servers use, and that has no value here. */
export interface UnknowableRow {
  /** Fills "this server cannot know it: …". */
  readonly reason: string;
}

export type NameRow = FieldRow | UnknowableRow;

/** An object that expressions see. */
export interface ObjectType {
  /** The engine knows objects by their class; its getters are the fields. */
  readonly view: abstract new (
    ...args: never[]
  ) => object;
  readonly fields: Readonly<Record<string, NameRow>>;
}

export function isUnknowable(row: NameRow): row is UnknowableRow {
  return 'reason' in row;
}
