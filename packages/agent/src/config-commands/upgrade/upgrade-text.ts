import { type Document, isMap, isScalar, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { EndpointKeys } from '../../config/agent-config.ts';
import type { ParsedConfig } from '../../config/parse-config.ts';
import { renamedAgentKeys } from '../../config/tunnel-config.ts';
import { endpointsOfTunnel } from '../../config/tunnel-endpoints.ts';
import { moveComments } from './move-comments.ts';

/**
 * The text of a configuration in version 3. Values and the order of keys stay; comments stay with what they stood at.
 *
 * @param parsed The same text, read and found valid.
 */
export function upgradeText(text: string, parsed: ParsedConfig): string {
  const document = parseDocument(text, { schema: 'core' });
  const top = document.contents;
  if (!isMap(top)) return text;
  const endpoints = endpointNodes(document, parsed);
  const kept = pairsOf(top).filter(({ key }) => !['tunnels', 'endpoints', 'region'].includes(nameOf(key)));
  const isTop = ({ key }: NodePair) => parsed.version === 3 || nameOf(key) === 'version';
  (top as YAMLMap).items = kept.filter(isTop);
  document.set('version', 3);
  if (parsed.version === 2)
    top.add(
      document.createPair(
        'agent',
        agentNode(
          document,
          kept.filter((pair) => !isTop(pair)),
        ),
      ),
    );
  if (endpoints.length > 0) top.add(document.createPair('endpoints', endpoints));
  return document.toString({ lineWidth: 0 });
}

type NodePair = Pair<Node, Node | null>;

function pairsOf(map: YAMLMap): NodePair[] {
  return map.items as NodePair[];
}

function nameOf(key: Node): string {
  return isScalar(key) ? String(key.value) : '';
}

function agentNode(document: Document, pairs: readonly NodePair[]): YAMLMap {
  const agent = document.createNode({}) as YAMLMap;
  for (const pair of pairs) {
    const renamed = renamedAgentKeys[nameOf(pair.key)];
    if (renamed !== undefined && isScalar(pair.key)) pair.key.value = renamed;
    agent.add(pair);
  }
  return agent;
}

/** The endpoints that are there, as they are written, then one for each tunnel. */
function endpointNodes(document: Document, { document: values }: ParsedConfig): Node[] {
  const written = document.get('endpoints');
  const existing = (written as { items?: Node[] } | undefined)?.items ?? [];
  const tunnels = document.get('tunnels');
  if (!isMap(tunnels)) return existing;
  const made = pairsOf(tunnels).flatMap(({ key, value }) => {
    const keys = values.tunnels?.[nameOf(key)];
    return keys
      ? endpointsOfTunnel(nameOf(key), keys).map((endpoint) => endpointNode(document, { endpoint, key, value }))
      : [];
  });
  // What stands before the first key of a map belongs to the map.
  const [first] = made;
  if (first && tunnels.commentBefore) first.commentBefore = tunnels.commentBefore;
  return [...existing, ...made];
}

function endpointNode(
  document: Document,
  { endpoint, key, value }: { endpoint: EndpointKeys; key: Node; value: Node | null },
): Node {
  const node = document.createNode(endpoint) as YAMLMap;
  if (key.commentBefore) node.commentBefore = key.commentBefore;
  if (isMap(value)) moveComments(value, node);
  return node;
}
