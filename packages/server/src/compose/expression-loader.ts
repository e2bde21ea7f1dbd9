import { AditError } from '@adit/contracts';
import type { AddressBook, PolicyModule } from '@adit/policy-kit';
import type { ExpressionEngine } from '../policy/compile/expression-engine.ts';

/** The engine takes as long to load as the rest of a server does to start, and most servers have a policy seldom. */
export function expressionLoader(
  modules: readonly PolicyModule[],
  addresses: AddressBook,
): () => Promise<ExpressionEngine> {
  let engine: Promise<ExpressionEngine> | undefined;
  return () => {
    engine ??= loadEngine(modules, addresses);
    return engine;
  };
}

async function loadEngine(modules: readonly PolicyModule[], addresses: AddressBook): Promise<ExpressionEngine> {
  const [{ Expressions }, { compilePattern, PatternProblem }] = await Promise.all([
    import('../policy/expressions/expressions.ts'),
    import('../policy/expressions/compile-pattern.ts'),
  ]);
  const results = new Map(
    modules.flatMap(({ name, results: shape }) => (shape ? [[name.replaceAll('-', '_'), shape]] : [])),
  );
  const expressions = new Expressions({ results, addresses });
  return {
    condition: (text, phase) => expressions.condition(text, phase),
    expression: (text, phase, variables) => expressions.expression(text, phase, variables),
    template: (text, phase) => expressions.template(text, phase),
    pattern: (source, now) => {
      try {
        return compilePattern(source, { now });
      } catch (cause) {
        if (!(cause instanceof PatternProblem)) throw cause;
        throw new AditError(2200, `Cannot take the pattern ${JSON.stringify(source.slice(0, 100))}: ${cause.message}`);
      }
    },
  };
}
