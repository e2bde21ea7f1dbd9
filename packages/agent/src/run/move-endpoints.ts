import { AditError, toAditError } from '@adit/contracts';
import { type Forward, parsePublicUrl } from '@adit/sdk';
import type { EndpointDefinition } from '../endpoint/endpoint-definition.ts';
import type { LiveEndpoint, LiveEndpoints } from './live-endpoints.ts';

/** The address is another endpoint's or account's: in a restart, most likely that of the session before. */
const takenCodes: ReadonlySet<number> = new Set([320, 334]);

export interface Move {
  readonly from: LiveEndpoints;
  readonly to: LiveEndpoints;
  /** False: what the old server chose means nothing to the new one. */
  readonly isSameServer: boolean;
}

/**
 * Brings the endpoints of a new plan online in one session and takes those of another offline, so that each address is
 * served but for the moment in which it changes hands. When one of them is refused, the old ones are as they were.
 *
 * @param onLost Told of an old endpoint that could not be brought back.
 * @throws {AditError} Why it could not be done.
 */
export async function moveEndpoints(
  { from, to, isSameServer }: Move,
  definitions: readonly EndpointDefinition[],
  onLost: (error: AditError) => void,
): Promise<void> {
  const old = from.all;
  const asked = isSameServer ? definitions.map((definition) => withAddress(definition, old)) : definitions;
  const taken = await startFree(to, asked);
  try {
    // One by one, so that each is offline for its own moment only. What is left then has the address of another name.
    const crossed = await startFree(to, taken, ({ name }) => from.stop(name));
    await from.stopAll();
    await to.startAll(crossed);
  } catch (error) {
    await to.stopAll();
    await bringBack(from, old, onLost);
    throw error;
  }
}

/**
 * Starts what can be online beside the old endpoints. Answers what cannot, as its address is one of theirs.
 *
 * @param before Awaited before each.
 */
async function startFree(
  to: LiveEndpoints,
  definitions: readonly EndpointDefinition[],
  before: (definition: EndpointDefinition) => Promise<unknown> = async () => {},
): Promise<EndpointDefinition[]> {
  const failures: { definition: EndpointDefinition; error: AditError }[] = [];
  const starts = definitions.map(async (definition) => {
    try {
      await before(definition);
      await to.start(definition);
    } catch (cause) {
      failures.push({ definition, error: toAditError(cause) });
    }
  });
  await Promise.all(starts);
  const refused = failures.find(({ error }) => !takenCodes.has(error.code));
  if (refused) throw named(refused.definition, refused.error);
  return failures.map(({ definition }) => definition);
}

/** Whoever left the choice of the address to the server keeps what it chose. */
function withAddress(definition: EndpointDefinition, old: readonly LiveEndpoint[]): EndpointDefinition {
  const { name, forward } = definition;
  const before = old.find((one) => one.definition.name === name);
  if (!before || before.definition.forward.url !== forward.url || !isChosenByServer(forward.url)) return definition;
  return at(before.forward, definition);
}

/** Under the address that it has; labels are what they are. */
function at({ url }: Forward, definition: EndpointDefinition): EndpointDefinition {
  const { forward } = definition;
  return forward.labels ? definition : { ...definition, forward: { ...forward, url } };
}

function isChosenByServer(url: string | undefined): boolean {
  const { protocol, domain, subdomain, address } = parsePublicUrl(url ?? '');
  return protocol === 'tcp' ? !/:\d+$/.test(address) : domain === '' && subdomain === '';
}

async function bringBack(
  from: LiveEndpoints,
  old: readonly LiveEndpoint[],
  onLost: (error: AditError) => void,
): Promise<void> {
  const gone = old.filter(({ definition }) => !from.find(definition.name));
  const starts = gone.map(async ({ definition, forward }) => {
    try {
      await from.start(at(forward, definition));
    } catch (cause) {
      const error = named(definition, toAditError(cause));
      onLost(error);
      from.lose(error);
    }
  });
  await Promise.all(starts);
}

function named({ name }: EndpointDefinition, { code, message }: AditError): AditError {
  return new AditError(code, `"${name}": ${message}`);
}
