import type { Forward } from '../forward/forward.ts';
import type { EndpointOptions, ForwardOptions } from '../forward/forward-options.ts';
import { Listener } from './listener.ts';

export interface ListenOptions extends EndpointOptions {
  /** Takes the URL offline. Already aborted: `listen` throws its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Of an agent session. */
interface Session {
  forward(options: ForwardOptions): Promise<Forward>;
}

/**
 * Puts a public URL online whose visitors come to this program.
 *
 * @throws As `AgentSession.forward`; the reason of the signal.
 */
export async function listen(session: Session, { signal, ...options }: ListenOptions = {}): Promise<Listener> {
  signal?.throwIfAborted();
  const listener = new Listener();
  const forward = await session.forward({ ...options, upstream: listener.upstream });
  listener.attach(forward);
  const close = () => void forward.close();
  signal?.addEventListener('abort', close, { once: true });
  void forward.closed.then(() => signal?.removeEventListener('abort', close));
  if (!signal?.aborted) return listener;
  await forward.close();
  throw signal.reason;
}
