import { SampleContext, sampleHost, testPolicy } from '@adit/policy-kit/testkit';
import { expect, test } from 'vitest';
import { sseFindReplace } from './sse-find-replace.ts';

const config = { replacements: [{ from: 'sk-[a-z]+', to: '[key]' }] };

testPolicy(sseFindReplace, {
  decisions: [
    {
      title: 'replaces in the data of a message',
      config,
      event: { data: 'a sk-abc\nsk-d', id: 'sk-e' },
      expected: 'continue',
      check: ({ event, result }) => {
        expect(event).toMatchObject({ data: 'a [key]\n[key]', id: 'sk-e' });
        expect(result).toEqual({
          replacements: [
            { replacement_index: 0n, matched_content: 'sk-abc' },
            { replacement_index: 0n, matched_content: 'sk-d' },
          ],
        });
      },
    },
    {
      title: 'leaves a message without data as it is, whatever the pattern matches',
      config: { replacements: [{ from: '.*', to: 'x' }] },
      event: { retry: '100' },
      expected: 'continue',
      check: ({ event, result }) => {
        expect(event).toMatchObject({ data: undefined, retry: '100' });
        expect(result).toEqual({ replacements: [] });
      },
    },
    {
      title: 'replaces in retry, by what an expression says',
      config: { field: '${f}', replacements: [{ from: '^1', to: '${n}' }] },
      values: { f: 'retry', n: 9 },
      event: { data: '1', retry: '100' },
      expected: 'continue',
      check: ({ event }) => expect(event).toMatchObject({ data: '1', retry: '900' }),
    },
  ],
  refusals: [
    { title: 'refuses another field', config: { ...config, field: 'id' }, code: 9600, names: 'retry' },
    { title: 'refuses to do nothing', config: { replacements: [] }, code: 9600, names: 'replacements' },
    { title: 'refuses a pattern that is none', config: { replacements: [{ from: '[' }] }, code: 2200, names: '"["' },
  ],
});

test('sse-find-replace refuses the message when an expression names another field', async () => {
  const policy = await sseFindReplace.prepare(
    sseFindReplace.schema.parse({ ...config, field: '${f}' }),
    sampleHost({ f: 'id' }),
  );
  expect(() => policy.event?.(new SampleContext({ event: { data: 'x' } }))).toThrow(TypeError);
});
