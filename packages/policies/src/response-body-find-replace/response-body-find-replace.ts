import {
  contentDecoders,
  type Decision,
  definePolicy,
  forgetContent,
  type PolicyResponse,
  proceed,
  Replacements,
  tellsOfContent,
  textCodec,
} from '@adit/policy-kit';
import { ReplaceTransform } from './replace-transform.ts';
import { type ResponseBodyFindReplaceConfig, responseBodyFindReplaceConfig } from './schema.ts';

const deny = (reason: string): Decision =>
  Object.freeze({ outcome: 'deny', reason: `response-body-find-replace/${reason}`, code: 9613 });
const [unreadable, partial, tooLong, endless] = [deny('unreadable'), deny('partial'), deny('too-long'), deny('events')];

/** Replaces parts of the content of answers; see README.md. */
export const responseBodyFindReplace = definePolicy<ResponseBodyFindReplaceConfig>({
  name: 'response-body-find-replace',
  phases: ['on_http_response'],
  schema: responseBodyFindReplaceConfig,
  reasons: {
    unreadable: 'The content is text, but cannot be read as such.',
    partial: 'It is a part of a file: what is looked for might begin in another.',
    'too-long': 'The content is longer than may be held.',
    events: 'It is a stream of events, which has no end.',
  },
  prepare(config, host) {
    const replacements = new Replacements(config.replacements, host);
    return {
      response(context) {
        const { request, response } = context;
        const { headers } = response;
        if (!tellsOfContent(request, response)) return proceed;
        const codec = textCodec(headers);
        if (codec === 'no-text') return proceed;
        const denial = whyNot(response, config.max_body_bytes);
        if (denial) return denial;
        const decoders = codec === 'unknown' ? null : contentDecoders(headers);
        if (codec === 'unknown' || decoders === null) return unreadable;
        const replace = replacements.at(context);
        forgetContent(headers);
        headers.remove('content-length');
        for (const decoder of decoders) response.addTransform(decoder);
        response.addTransform(new ReplaceTransform({ replace, codec, maxBytes: config.max_body_bytes }));
        return proceed;
      },
    };
  },
});

/** What is known before the first byte is there. */
function whyNot({ status, headers }: PolicyResponse, maxBytes: number): Decision | undefined {
  if (status === 206 || headers.has('content-range')) return partial;
  if (/^\s*text\/event-stream/i.test(headers.first('content-type') ?? '')) return endless;
  return Number(headers.first('content-length') ?? 0) > maxBytes ? tooLong : undefined;
}
