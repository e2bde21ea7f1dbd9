// The local inspector: what passes the endpoints of this agent, to look at, search, send again and export, on loopback.
import { AditError } from '@adit/contracts';
import { type Clock, systemClock } from '@adit/sdk';
import type { AgentFacts, WatchedEndpoint } from './agent-facts.ts';
import { endpointObject, statusObject } from './api/endpoint-object.ts';
import { LivePages } from './api/live-pages.ts';
import type { ApiContext } from './api/operation.ts';
import { CaptureStore } from './capture/capture-store.ts';
import { allowedHosts } from './door/allowed-hosts.ts';
import { type Answer, failure } from './door/answer.ts';
import { startWebServer, type WebCall, type WebServer } from './door/web-server.ts';
import { defaultInspectorLimits, type InspectorLimits } from './inspector-limits.ts';
import { pageFile } from './page-files.ts';
import { Replays } from './replay/replays.ts';
import { RequestNote } from './show/request-note.ts';
import { type Watch, WatchedEndpoints } from './watched-endpoints.ts';

export interface InspectorOptions {
  readonly agent: AgentFacts;
  /** `host:port` to listen on, port 0 for any; if the port is taken, the next free one. Null: no page and no API. */
  readonly webAddr: string | null;
  /** Host names besides those of loopback that the page answers to. See `allowedHosts`. */
  readonly allowHosts?: readonly string[] | undefined;
  /** Memory for captures. 0: the default, 50 MiB. -1: nothing is captured. */
  readonly dbBytes?: number | undefined;
  /** Told of each request of a visitor when it is over. Nothing secret. */
  readonly onCapture?: ((request: RequestNote) => void) | undefined;
  readonly clock?: Clock | undefined;
  readonly limits?: Partial<InspectorLimits> | undefined;
}

export interface Inspector {
  /** Of the page; null without one. */
  readonly url: string | null;
  /** Others than this machine may reach the page, where nobody has to log in. */
  readonly isExposed: boolean;
  /** Begins to see an endpoint; its forward is to get the `tap`. */
  watch(endpoint: WatchedEndpoint): Promise<Watch>;
  /** What `AgentFacts` tell has changed; open pages are told. */
  agentChanged(): void;
  close(): Promise<void>;
}

const livePath = '/api/events';

/** @throws {AditError} 9201: an address or host that is not valid. 9221, 9222: it cannot listen there. */
export async function openInspector(options: InspectorOptions): Promise<Inspector> {
  const { agent, clock = systemClock, webAddr, dbBytes = 0 } = options;
  const limits = { ...defaultInspectorLimits, ...options.limits };
  // Without a page nobody can see what would be kept; the summaries are told all the same.
  const maxStoreBytes = webAddr === null ? 0 : dbBytes > 0 ? dbBytes : limits.maxStoreBytes;
  const store = new CaptureStore({ maxStoreBytes, maxBodyBytes: limits.maxBodyBytes });
  const watched = new WatchedEndpoints({
    ...{ store, clock, limits, isCapturing: dbBytes >= 0 },
    ended: (capture) => options.onCapture?.(new RequestNote(capture)),
  });
  const replays = new Replays({ watched, clock, limits });
  const context: ApiContext = { agent, store, watched, replays, limits, clock };
  const live = new LivePages({ store, clock, limits, status: () => pageStatus(context) });
  const web = webAddr === null ? null : await startWeb(parseWebAddr(webAddr), context, { live, options });
  return {
    url: web && `http://${web.shownHost}:${web.server.port}`,
    isExposed: web?.isExposed ?? false,
    watch: (endpoint) => watched.add(endpoint),
    agentChanged: () => live.statusChanged(),
    close: async () => {
      live.close();
      await web?.server.close();
    },
  };
}

async function startWeb(
  { host, port }: { host: string; port: number },
  context: ApiContext,
  { live, options }: { live: LivePages; options: InspectorOptions },
): Promise<{ server: WebServer; shownHost: string; isExposed: boolean }> {
  const isAllowedHost = allowedHosts(host, options.allowHosts ?? []);
  const server = await startWebServer({
    ...{ host, port, isAllowedHost, limits: context.limits },
    answer: (call) => answer(call, context),
    stream: (path, response) => path === livePath && live.add(response),
  });
  const isExposed = !/^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host);
  return { server, shownHost: host.includes(':') ? `[${host}]` : host, isExposed };
}

async function answer({ method, path, query, body }: WebCall, context: ApiContext): Promise<Answer> {
  const file = method === 'GET' ? await pageFile(path) : null;
  if (file) return file;
  if (method === 'GET' && path === livePath) throw new AditError(9105, 'Cannot follow: too many pages are open');
  // Most agents never have their page opened: what it needs is loaded when it is, and is half of the inspector.
  const { findOperation } = await import('./api/find-operation.ts');
  const found = findOperation(method, path);
  if (found === 'method') return failure(405, 'ERR_ADIT_9102', 'Cannot use this method here');
  if (!found) throw new AditError(9102, 'Cannot find this path: the inspector has no such page or operation');
  return found.operation.run({ param: found.param, query, body }, context);
}

function pageStatus(context: ApiContext): object {
  const endpoints = context.agent.endpoints().map((facts) => endpointObject(facts, context));
  return { ...statusObject(context.agent), endpoints };
}

/** Names are resolved by the system, so that the listener decides what they are. */
function parseWebAddr(text: string): { host: string; port: number } {
  const [, v6, name, digits] = /^(?:\[([\da-f:.]+)\]|([a-z\d_.-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = (v6 ?? name ?? '').toLowerCase();
  const port = Number(digits);
  if (host !== '' && port <= 65_535) return { host, port };
  throw new AditError(9201, `Cannot use ${JSON.stringify(text)} as web_addr: it must be host:port, or false`);
}
