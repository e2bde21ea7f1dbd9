// Objects whose fields are declared by shapes: the results of actions, and variables that one caller adds.
import type { ResultShape, ResultType } from '@adit/policy-kit';
import type { FieldRow, ObjectType } from './field-row.ts';
import { toCel } from './to-cel.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Makes what expressions see of the values that a shape declares. */
export type MakeView = (raw: Raw) => object;

/**
 * The types of a shape and of the shapes in it, by name.
 *
 * @param name Of the outermost one; those in it are called `name.field`.
 */
export function shapeTypes(name: string, shape: ResultShape): { types: Record<string, ObjectType>; view: MakeView } {
  const types: Record<string, ObjectType> = {};
  const fields: Record<string, FieldRow> = {};
  const getters: Record<string, (value: unknown) => unknown> = {};
  for (const [field, type] of Object.entries(shape)) {
    if (typeof type === 'string') {
      fields[field] = { type, description: '' };
      getters[field] = (value) => convert(type, value);
      continue;
    }
    const inner = shapeTypes(`${name}.${field}`, type);
    Object.assign(types, inner.types);
    fields[field] = { type: `${name}.${field}`, description: '' };
    getters[field] = (value) => (typeof value === 'object' && value !== null ? inner.view(value as Raw) : undefined);
  }
  const view = viewClass(getters);
  types[name] = { view, fields };
  return { types, view: (raw) => new view(raw) };
}

/** A class of its own for each shape: the engine knows objects by their class. */
function viewClass(getters: Readonly<Record<string, (value: unknown) => unknown>>): new (raw: Raw) => object {
  class ShapeView {
    readonly #raw: Raw;
    readonly #converted = new Map<string, unknown>();

    constructor(raw: Raw) {
      this.#raw = raw;
    }

    /** Converted once: it may be large, and asked for in every turn of a macro. */
    static read(view: ShapeView, name: string, convertField: (value: unknown) => unknown): unknown {
      const known = view.#converted.get(name);
      if (known !== undefined) return known;
      const value = Object.hasOwn(view.#raw, name) ? view.#raw[name] : undefined;
      const made = value === undefined ? undefined : convertField(value);
      view.#converted.set(name, made);
      return made;
    }
  }
  for (const [name, convertField] of Object.entries(getters)) {
    Object.defineProperty(ShapeView.prototype, name, {
      get(this: ShapeView) {
        return ShapeView.read(this, name, convertField);
      },
    });
  }
  return ShapeView;
}

/** What is of another type than declared goes on as it is: the engine refuses it where it is used. */
function convert(type: ResultType, value: unknown): unknown {
  if (type === 'int') return Number.isSafeInteger(value) ? BigInt(Number(value)) : value;
  return toCel(value);
}
