import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import {
  definePolicy,
  forgetContent,
  type PolicyRequest,
  type PolicyResponse,
  proceed,
  type Slots,
  tellsOfContent,
} from '@adit/policy-kit';
import { negotiate } from './negotiate.ts';
import { type Algorithm, type CompressResponseConfig, compressResponseConfig } from './schema.ts';

/** Sends answers in fewer bytes; see README.md. */
export const compressResponse = definePolicy<CompressResponseConfig>({
  name: 'compress-response',
  phases: ['on_http_response'],
  schema: compressResponseConfig,
  reasons: {},
  results: { already_compressed: 'bool', negotiated_algorithm: 'string' },
  prepare({ algorithms }, { compressions }) {
    return {
      response(context) {
        const { request, response } = context;
        const wasCompressed = response.headers.has('content-encoding');
        const isOpen = mayBeCompressed(request, response);
        // Also where nobody asked for it: a cache must not give one visitor's form to another (RFC 9110 §12.5.5). And in a 304, by
        // which it renews what it knows of a page (§15.4.5).
        if (isOpen || response.status === 304) addToVary(response);
        if (!isOpen) {
          context.setResult({ already_compressed: wasCompressed, negotiated_algorithm: '' });
          return proceed;
        }
        const algorithm = negotiate(request.headers.values('accept-encoding').join(','), algorithms);
        const isCompressed = algorithm !== null && compress(response, algorithm, compressions);
        context.setResult({ already_compressed: false, negotiated_algorithm: isCompressed ? algorithm : '' });
        return proceed;
      },
    };
  },
});

/**
 * 256 KiB, which visitors who read slowly cost, and some more. With the windows that are usual, of 2 and 4 MiB, a stream took 3.5 and
 * 5.2 MB, and pages became no smaller.
 */
const windowLog = 18;

const encoders: Readonly<Record<Algorithm, () => Transform>> = {
  gzip: () => zlib.createGzip({ level: 6, flush: zlib.constants.Z_SYNC_FLUSH }),
  deflate: () => zlib.createDeflate({ level: 6, flush: zlib.constants.Z_SYNC_FLUSH }),
  br: () =>
    zlib.createBrotliCompress({
      flush: zlib.constants.BROTLI_OPERATION_FLUSH,
      params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4, [zlib.constants.BROTLI_PARAM_LGWIN]: windowLog },
    }),
  zstd: () =>
    zlib.createZstdCompress({
      flush: zlib.constants.ZSTD_e_flush,
      params: { [zlib.constants.ZSTD_c_windowLog]: windowLog },
    }),
};

/** What is compressed already, or must come as it is, byte for byte or event by event. */
function mayBeCompressed(request: PolicyRequest, response: PolicyResponse): boolean {
  const { status, headers } = response;
  if (
    !tellsOfContent(request, response) ||
    status === 206 ||
    headers.has('content-encoding') ||
    headers.has('content-range')
  )
    return false;
  const type = headers.first('content-type')?.toLowerCase() ?? '';
  const isTransformable = !/(?:^|[,\s])no-transform(?:$|[,\s])/i.test(headers.values('cache-control').join(','));
  return (
    isTransformable && !/^(?:text\/event-stream|application\/grpc|image\/(?!svg)|video\/|audio\/|font\/woff)/.test(type)
  );
}

function addToVary({ headers }: PolicyResponse): void {
  const names = headers.values('vary').join(',').toLowerCase();
  if (!/(?:^|[,\s])(?:\*|accept-encoding)(?:$|[,\s])/.test(names)) headers.add('vary', 'Accept-Encoding');
}

/** False: too many are being compressed, it stays as it is. */
function compress(response: PolicyResponse, algorithm: Algorithm, compressions: Slots): boolean {
  const release = compressions.take();
  if (!release) return false;
  const { headers, hasBody } = response;
  forgetContent(headers);
  headers.set('content-encoding', algorithm);
  headers.remove('content-length');
  if (hasBody) response.addTransform(encoders[algorithm]().once('close', release));
  else release();
  return true;
}
