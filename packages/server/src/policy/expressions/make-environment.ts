import { Environment } from '@marcbachmann/cel-js';
import { Re2Pattern } from './compile-pattern.ts';
import type { ExpressionLimits } from './expression-limits.ts';
import { type FieldRow, isUnknowable, type ObjectType } from './field-row.ts';
import type { Fuel } from './fuel.ts';
import { durationType, type FunctionRow, namespaces, timestampType } from './functions/function-row.ts';
import type { MacroRow } from './macros.ts';
import { writeFields } from './write-value.ts';

/** What the engine is told of the language. */
export interface Language {
  readonly types: Readonly<Record<string, ObjectType>>;
  readonly functions: readonly FunctionRow[];
  readonly macros: readonly MacroRow[];
}

/** In front of the names of ours that replace functions of the engine. People never see it. */
export const replacing = 'our_';

/** An environment of the engine with everything but variables, which depend on the phase. */
export function makeEnvironment(language: Language, fuel: Fuel, limits: ExpressionLimits): Environment {
  const environment = new Environment({
    enableOptionalTypes: true,
    // A list of a text and a number is a list of anything, as in CEL's specification.
    homogeneousAggregateLiterals: false,
    limits: {
      maxAstNodes: limits.maxParts,
      maxDepth: limits.maxDepth,
      maxListElements: limits.maxListValues,
      maxMapEntries: limits.maxListValues,
    },
  });
  environment.registerType('pattern', { ctor: Re2Pattern, fields: {} });
  for (const [name, { view, fields }] of Object.entries(language.types)) {
    environment.registerType(name, { ctor: view, fields: engineFields(fields) });
    writeFields(view, Object.keys(fields));
  }
  registerNamespaces(environment);
  for (const row of language.functions) registerFunction(environment, row);
  // The receiver `map` and not `list`: the engine lets the macro of the same name that comes last win.
  for (const macro of language.macros) {
    const params = Array.from({ length: macro.argumentCount }, () => 'ast').join(', ');
    environment.registerFunction(`map.${macro.name}(${params}): dyn`, (call: never) => macro.expand(call, fuel));
  }
  return environment;
}

/** The engine's word for a type of ours. */
export function engineType(type: string): string {
  return type.replace(/\btimestamp\b/, timestampType).replace(/\bduration\b/, durationType);
}

/** `$name` is the text that an object also is, or the object behind a text. */
function engineFields(fields: ObjectType['fields']): Record<string, string> {
  const known = Object.entries(fields).filter((entry): entry is [string, FieldRow] => !isUnknowable(entry[1]));
  return Object.fromEntries(
    known.flatMap(([name, { type, isText, below }]) => [
      [name, engineType(type)],
      ...(isText === true ? [[`$${name}`, 'string']] : []),
      ...(below === undefined ? [] : [[`$${name}`, below]]),
    ]),
  );
}

function registerNamespaces(environment: Environment): void {
  for (const name of namespaces) {
    if (name === 'optional') continue;
    class Namespace {}
    environment.registerType(namespaceType(name), { ctor: Namespace, fields: {} });
    environment.registerConstant(name, namespaceType(name), new Namespace());
  }
}

function namespaceType(name: string): string {
  return `namespace.${name.replace('_', '.')}`;
}

function registerFunction(environment: Environment, { signature, handler, replaces }: FunctionRow): void {
  if (!handler) return;
  const [, receiver, rest = signature] = /^([\w.<>]+)\.(\w+\(.*)$/.exec(signature) ?? [];
  const isNamespace = (namespaces as readonly (string | undefined)[]).includes(receiver);
  const type = isNamespace ? namespaceType(receiver ?? '') : receiver;
  const full = `${type === undefined ? '' : `${type}.`}${replaces === true ? replacing : ''}${rest}`;
  environment.registerFunction(full, handler, { async: false });
}
