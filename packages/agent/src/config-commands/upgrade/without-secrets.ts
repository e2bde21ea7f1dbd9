import { isNode, isScalar, type Node, parseDocument, visit } from 'yaml';

const withheld = '(withheld)';
const ofAgent = ['authtoken', 'api_key', 'proxy_url'];
/** Of an endpoint, at any depth: passwords, secrets, lines of headers, and what the rules of a policy compare and work with. */
const ofEndpoint = /^(?:basic_auth|secret|add|traffic_policy_url|expressions|config)$/i;

/** What may be shown of a configuration on a screen: all of it, less credentials and private keys. */
export function withoutSecrets(text: string): string {
  const document = parseDocument(text, { schema: 'core' });
  for (const key of ofAgent) {
    if (document.getIn(['agent', key]) !== undefined) document.setIn(['agent', key], withheld);
  }
  const endpoints = document.get('endpoints');
  if (isNode(endpoints)) withholdIn(endpoints);
  return document
    .toString({ lineWidth: 0 })
    .replaceAll(/-----BEGIN [^-]*PRIVATE KEY-----[^]*?-----END [^-]*PRIVATE KEY-----/g, withheld);
}

function withholdIn(endpoints: Node): void {
  visit(endpoints, {
    Pair(_, { key, value }) {
      if (isScalar(key) && ofEndpoint.test(String(key.value)) && isNode(value)) withholdAll(value);
    },
  });
}

function withholdAll(node: Node): void {
  visit(node, {
    Scalar(at, scalar) {
      if (at === 'key') return;
      scalar.value = withheld;
      scalar.type = 'PLAIN';
    },
  });
}
