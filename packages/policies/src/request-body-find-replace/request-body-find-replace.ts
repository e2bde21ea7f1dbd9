import {
  type Decision,
  decompressed,
  definePolicy,
  forgetContent,
  proceed,
  Replacements,
  type RequestContext,
  replacementResults,
  type TextCodec,
  textCodec,
} from '@adit/policy-kit';
import { type RequestBodyFindReplaceConfig, requestBodyFindReplaceConfig } from './schema.ts';

const unreadable: Decision = Object.freeze({
  outcome: 'deny',
  reason: 'request-body-find-replace/unreadable',
  code: 9614,
});

/** For all of the content to come, over whatever line. */
const timeoutMs = 30_000;

/** Replaces parts of the content of requests; see README.md. */
export const requestBodyFindReplace = definePolicy<RequestBodyFindReplaceConfig>({
  name: 'request-body-find-replace',
  phases: ['on_http_request'],
  schema: requestBodyFindReplaceConfig,
  reasons: { unreadable: 'The content is text, but cannot be read as such.' },
  results: replacementResults,
  prepare(config, host) {
    const replacements = new Replacements(config.replacements, host);

    async function decide(context: RequestContext, codec: TextCodec): Promise<Decision> {
      const { request } = context;
      const received = await request.readBody(config.max_body_bytes);
      const bytes = await decompressed(received, request.headers, config.max_body_bytes);
      const before = bytes && textOf(bytes, codec);
      if (before === undefined) return unreadable;
      const { text, replacements: found } = replacements.at(context)(before);
      context.setResult({ replacements: found });
      // What is as it was goes on as it came, compressed or not.
      if (text === before) return proceed;
      forgetContent(request.headers);
      request.replaceBody(codec.encode(text));
      return proceed;
    }

    return {
      request(context) {
        context.setResult({ replacements: [] });
        if (context.request.hasBody === false) return proceed;
        const codec = textCodec(context.request.headers);
        if (codec === 'no-text') return proceed;
        return codec === 'unknown' ? unreadable : decide(context, codec);
      },
      timeoutMs,
    };
  },
});

function textOf(bytes: Uint8Array, codec: TextCodec): string | undefined {
  try {
    return codec.decode(bytes);
  } catch {
    return undefined; // Refused: what cannot be read cannot be changed.
  }
}
