import { definePolicy, proceed, Replacements, replacementResults } from '@adit/policy-kit';
import { type SseFindReplaceConfig, sseFindReplaceConfig } from './schema.ts';

/** Replaces parts of messages of a stream of events; see README.md. */
export const sseFindReplace = definePolicy<SseFindReplaceConfig>({
  name: 'sse-find-replace',
  phases: ['on_event_stream_message'],
  schema: sseFindReplaceConfig,
  reasons: {},
  results: replacementResults,
  prepare(config, host) {
    const template = host.template(config.field);
    const replacements = new Replacements(config.replacements, host);
    return {
      event(context) {
        const field = fieldOf(template.render(context));
        const before = context.event[field];
        const { text, replacements: found } = replacements.at(context)(before ?? '');
        context.setResult({ replacements: before === undefined ? [] : found });
        if (before !== undefined) context.event[field] = text;
        return proceed;
      },
    };
  },
});

/** @throws {TypeError} An expression names another. */
function fieldOf(name: string): 'data' | 'retry' {
  if (name === 'data' || name === 'retry') return name;
  throw new TypeError('Cannot replace in a field of that name');
}
