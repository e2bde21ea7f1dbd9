import { toAditError } from '@adit/contracts';
import { type Clock, connect } from '@adit/sdk';
import type { ServerSettings } from '../run/agent-settings.ts';
import type { Finding } from './finding.ts';

/** Opens a session as an agent does, by the proxy if there is one, and ends it at once. */
export async function checkSession(
  server: ServerSettings,
  { authtoken, clock, signal }: { authtoken: string | undefined; clock: Clock; signal: AbortSignal },
): Promise<Finding> {
  const check = 'Authtoken';
  if (authtoken === undefined) {
    return {
      check,
      state: 'warn',
      detail: 'none is set: ADIT_AUTHTOKEN, or "adit config add-authtoken"',
      milliseconds: null,
    };
  }
  const startMs = clock.now();
  try {
    const session = await connect({ ...server, authtoken, clock, signal });
    const { status } = session;
    const name = status.state === 'online' ? status.account : '';
    const account = name === '' ? '' : ` of the account "${name}"`;
    await session.close();
    return { check, state: 'ok', detail: `a session${account} opens`, milliseconds: Math.round(clock.now() - startMs) };
  } catch (cause) {
    const error = toAditError(cause);
    return { check, state: 'fail', detail: `${error.message} (${error.wireCode})`, milliseconds: null };
  }
}
