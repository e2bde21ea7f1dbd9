import { hostname } from 'node:os';
import type { ApiPlace } from '../api/api-settings.ts';
import { type ApiAnswer, sendRequest } from '../api/send-request.ts';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { single, toggled } from '../option-values.ts';
import { askNewPassword, type Prompts } from './prompts.ts';

interface LoginBody {
  readonly user: string;
  readonly kind: 'authtoken' | 'api_key';
  readonly description: string;
  readonly password: string;
  account?: string;
  code?: string;
  new_password?: string;
}

/** How a login ended: with a key, or with why not. */
export interface LoginResult {
  readonly answer: ApiAnswer;
  /** The one that counts from now on. */
  readonly password: string;
}

/** Asks who it is, and for what the server says it needs besides. */
export async function logIn(
  place: ApiPlace,
  { options }: ParsedCommand,
  { kind, prompts, io }: { kind: LoginBody['kind']; prompts: Prompts; io: CommandIo },
): Promise<LoginResult> {
  const account = single(options, 'account');
  const user = single(options, 'user') ?? (await prompts.text('User'));
  const description = `adit ${kind === 'authtoken' ? 'login' : 'mfa'} on ${hostname()}`.slice(0, 100);
  const password = await prompts.secret('Password');
  const body: LoginBody = { user, kind, description, password, ...(account !== undefined && { account }) };
  if (toggled(options, 'new-password')) body.new_password = await askNewPassword(prompts, io);
  for (;;) {
    const request = { method: 'POST', path: '/login', query: {}, headers: {}, body };
    const answer = await sendRequest(place, request, io);
    const isAnswered = await addWhatIsMissing(body, answer, { prompts, io });
    if (!isAnswered) return { answer, password: body.new_password ?? password };
  }
}

/** False: nothing more can be said than was. */
async function addWhatIsMissing(
  body: LoginBody,
  { body: refusal }: ApiAnswer,
  { prompts, io }: { prompts: Prompts; io: CommandIo },
): Promise<boolean> {
  const code = refusal?.['error_code'];
  if (code === 'ERR_ADIT_9142' && body.account === undefined) {
    body.account = await prompts.text('You are in several accounts. Account');
  } else if (code === 'ERR_ADIT_9143' && body.new_password === undefined) {
    io.stderr.write('adit: this password must be changed now\n');
    body.new_password = await askNewPassword(prompts, io);
  } else if (code === 'ERR_ADIT_9141' && body.code === undefined) {
    body.code = await prompts.secret('Code of your app, or a recovery code');
  } else return false;
  return true;
}
