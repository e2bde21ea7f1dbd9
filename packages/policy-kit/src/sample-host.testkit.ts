import { AditError } from '@adit/contracts';
import { emptyAddressBook } from './address-facts.ts';
import type { ConnectContext } from './context.ts';
import type { PolicyHost } from './define-policy.ts';
import type { Pattern, Template } from './expressions.ts';
import { sampleNowMs } from './sample-context.testkit.ts';
import { Slots } from './slots.ts';

/** A host for tests of one module, without the language of expressions: `values` says what each expression stands for. */
export function sampleHost(
  values: Readonly<Record<string, unknown>> = {},
  changes: Partial<PolicyHost> = {},
): PolicyHost {
  const valueOf: ValueOf = (expression, context, given) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`The test has no value for \${${expression}}`);
    return typeof value === 'function' ? value(context, given) : value;
  };
  return {
    now: () => sampleNowMs,
    after: () => () => {},
    template: (text) => sampleTemplate(text, valueOf),
    expression: (text) => ({
      ...{ text, type: 'dyn' },
      evaluate: (context, given = {}) => valueOf(text, context, given),
      render: (context, given = {}) => String(valueOf(text, context, given)),
    }),
    pattern: samplePattern,
    ipPolicy: () => Promise.reject(new AditError(215)),
    certificateAuthority: () => Promise.reject(new AditError(215)),
    findInternal: () => undefined,
    awaitInternal: () => undefined,
    addresses: emptyAddressBook,
    compressions: new Slots(1),
    fetchInternal: () => Promise.reject(new AditError(9621)),
    fetch: () => Promise.reject(new TypeError('The test has no network')),
    ...changes,
  };
}

/** @param given Values of variables that the module added. */
type ValueOf = (expression: string, context: ConnectContext, given?: Readonly<Record<string, unknown>>) => unknown;

function sampleTemplate(text: string, valueOf: ValueOf): Template {
  const parts = text.split(/\$\{([^}]*)\}/);
  const render: Template['render'] = (context, write = String) =>
    parts.map((part, i) => (i % 2 === 0 ? part : write(String(valueOf(part, context))))).join('');
  const isOne = parts.length === 3 && parts[0] === '' && parts[2] === '';
  return {
    text,
    constant: parts.length === 1 ? text : null,
    render,
    value: (context) => (isOne ? valueOf(parts[1] ?? '', context) : render(context)),
  };
}

/** Of the runtime: what tests write is harmless. */
function samplePattern(source: string): Pattern {
  try {
    new RegExp(source, 'u');
  } catch (cause) {
    throw new AditError(2200, `Cannot take the pattern ${JSON.stringify(source)}`, { cause });
  }
  const expression = (): RegExp => new RegExp(source, 'gu');
  return {
    source,
    test: (text) => expression().test(text),
    replace: (text, replacement) => ({
      text: text.replace(expression(), replacement),
      matches: [...text.matchAll(expression())].map(([match]) => match),
    }),
  };
}
