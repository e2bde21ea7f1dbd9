import type { PolicyModule } from '@adit/policy-kit';
import { addHeaders } from './add-headers/index.ts';
import { basicAuth } from './basic-auth/index.ts';
import { circuitBreaker } from './circuit-breaker/index.ts';
import { closeConnection } from './close-connection/index.ts';
import { compressResponse } from './compress-response/index.ts';
import { customResponse } from './custom-response/index.ts';
import { deny } from './deny/index.ts';
import { forwardInternal } from './forward-internal/index.ts';
import { geo } from './geo/index.ts';
import { headerAuth } from './header-auth/index.ts';
import { httpRequest } from './http-request/index.ts';
import { jwtValidation } from './jwt-validation/index.ts';
import { log } from './log/index.ts';
import { rateLimit } from './rate-limit/index.ts';
import { redirect } from './redirect/index.ts';
import { removeHeaders } from './remove-headers/index.ts';
import { requestBodyFindReplace } from './request-body-find-replace/index.ts';
import { responseBodyFindReplace } from './response-body-find-replace/index.ts';
import { restrictIps } from './restrict-ips/index.ts';
import { setVars } from './set-vars/index.ts';
import { sseFindReplace } from './sse-find-replace/index.ts';
import { terminateTls } from './terminate-tls/index.ts';
import { urlRewrite } from './url-rewrite/index.ts';
import { userAgentFilter } from './user-agent-filter/index.ts';
import { verifyWebhook } from './verify-webhook/index.ts';
import { websocketTcpConverter } from './websocket-tcp-converter/index.ts';

/** THE list of policy modules. A module exists when its line is here; nothing registers itself. */
export const policyModules: readonly PolicyModule[] = [
  addHeaders,
  basicAuth,
  circuitBreaker,
  closeConnection,
  compressResponse,
  customResponse,
  deny,
  forwardInternal,
  geo,
  headerAuth,
  httpRequest,
  jwtValidation,
  log,
  rateLimit,
  redirect,
  removeHeaders,
  requestBodyFindReplace,
  responseBodyFindReplace,
  restrictIps,
  setVars,
  sseFindReplace,
  terminateTls,
  urlRewrite,
  userAgentFilter,
  verifyWebhook,
  websocketTcpConverter,
];
