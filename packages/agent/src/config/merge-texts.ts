// Loaded only when there is a file: YAML and schema take most of the start-up time there is.
import { AditError } from '@adit/contracts';
import type { ConfigDocument, EndpointKeys } from './agent-config.ts';
import type { ConfigText } from './config-text.ts';
import { mergeDocuments, withAbsolutePaths } from './merge-config.ts';
import { type ParsedConfig, parseConfig } from './parse-config.ts';
import { endpointsOfTunnel } from './tunnel-endpoints.ts';

export interface MergedConfig {
  readonly document: ConfigDocument;
  /** Those of `endpoints`, then those of `tunnels`. */
  readonly endpoints: readonly EndpointKeys[];
  readonly warnings: readonly string[];
}

/** @throws {AditError} 9201: two endpoints of one name. As `parseConfig`, `endpointsOfTunnel`. */
export function mergeTexts(texts: readonly ConfigText[]): MergedConfig {
  const parsed = texts.map(({ text, file }) => ({ file, ...parseConfig(text, file) }));
  const document = mergeDocuments(parsed.map(({ document: one, file }) => withAbsolutePaths(one, file)));
  const tunnels = Object.entries(document.tunnels ?? {});
  const fromTunnels = tunnels.flatMap(([name, tunnel]) => endpointsOfTunnel(name, tunnel));
  const endpoints = [...(document.endpoints ?? []), ...fromTunnels];
  requireUniqueNames(endpoints);
  return { document, endpoints, warnings: parsed.flatMap(warningsOf) };
}

function warningsOf({ file, hasRegion }: ParsedConfig & { file: string }): string[] {
  return hasRegion ? [`"region" in "${file}" means nothing here: the server is the one of connect_url`] : [];
}

function requireUniqueNames(endpoints: readonly EndpointKeys[]): void {
  const names = endpoints.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new AditError(9201, `Cannot use the configuration: two endpoints are called "${twice}"`);
}
