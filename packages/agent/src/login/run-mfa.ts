import { type ApiPlace, resolveApiPlace } from '../api/api-settings.ts';
import { printFailure } from '../api/print-failure.ts';
import { type ApiAnswer, sendRequest } from '../api/send-request.ts';
import type { CommandIo, ParsedCommand } from '../command.ts';
import { logIn } from './log-in.ts';
import { placeOptionsOf } from './login-options.ts';
import { openPrompts, type Prompts } from './prompts.ts';

/** Somebody who has just logged in, for as long as the command runs. */
interface Session {
  readonly password: string;
  readonly prompts: Prompts;
  readonly io: CommandIo;
  /** Sends something about the own user. */
  send(below: string, body: object): Promise<ApiAnswer>;
}

/** `adit mfa add`. */
export function runAddMfa(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  return withSession(parsed, io, async ({ password, prompts, send }) => {
    const begun = await send('/totp', { current_password: password });
    if (begun.status !== 201) return printFailure(begun, { isJson: false, io });
    await showSecret(begun, io);
    const code = await prompts.secret('Code that the app shows');
    const confirmed = await send('/totp/confirm', { code });
    if (confirmed.status !== 200) return printFailure(confirmed, { isJson: false, io });
    const codes = confirmed.body?.['recovery_codes'] as readonly string[];
    io.stderr.write(
      'Your logins take a code of the app from now on. Without the app one of these does, each once. Keep them where the ' +
        'app is not; they are shown only now:\n',
    );
    io.stdout.write(`${codes.join('\n')}\n`);
    return 0;
  });
}

/** `adit mfa remove`. */
export function runRemoveMfa(parsed: ParsedCommand, io: CommandIo): Promise<number> {
  return withSession(parsed, io, async ({ prompts, send }) => {
    // The code of the login is used up.
    const code = await prompts.secret('The next code of your app, or a recovery code');
    const answer = await send('/totp/remove', { code });
    if (answer.status !== 204) return printFailure(answer, { isJson: false, io });
    io.stdout.write(
      'Your logins take the password alone from now on. The recovery codes are good for nothing any more.\n',
    );
    return 0;
  });
}

async function showSecret({ body }: ApiAnswer, io: CommandIo): Promise<void> {
  const lines = (await io.drawQr?.(String(body?.['uri']))) ?? [];
  const how = 'Scan this with your authenticator app, or type the secret into it:';
  io.stderr.write(`${[how, ...lines, String(body?.['secret'])].join('\n')}\n`);
}

/** Logs in with a key for this command alone, which is revoked at its end, whatever that is. */
async function withSession(
  parsed: ParsedCommand,
  io: CommandIo,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const place = await resolveApiPlace(placeOptionsOf(parsed), io);
  const prompts = openPrompts(io);
  const { answer, password } = await logIn(place, parsed, { kind: 'api_key', prompts, io });
  if (answer.status !== 201) return printFailure(answer, { isJson: false, io });
  const { token, id, owner_id: userId } = answer.body ?? {};
  const settings = { ...place, apiKey: String(token) };
  const send = (below: string, body: object) =>
    sendRequest(
      settings,
      { method: 'POST', path: `/users/${String(userId)}${below}`, query: {}, headers: {}, body },
      io,
    );
  try {
    return await work({ password, prompts, io, send });
  } finally {
    await revoke(settings, String(id));
  }
}

/** Also when the user has interrupted the command. */
async function revoke(settings: ApiPlace & { apiKey: string }, id: string): Promise<void> {
  const request = { method: 'DELETE', path: `/api_keys/${id}`, query: {}, headers: {}, body: undefined };
  await sendRequest(settings, request, { interrupted: new AbortController().signal });
}
