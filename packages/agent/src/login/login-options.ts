import { AditError } from '@adit/contracts';
import type { CommandOption, ParsedCommand } from '../command.ts';
import { configOption } from '../endpoint/shared-options.ts';

const apiCas: CommandOption = {
  name: 'api-cas',
  value: '<file>',
  description:
    'PEM file of the only CA to trust; "host": those of the system. Default: as for "adit api" (ADIT_API_CAS, agent.connect_cas)',
  completes: 'file',
};

/** Who logs in, and where. Secrets are never options. */
export const loginOptions: readonly CommandOption[] = [
  {
    name: 'server',
    value: '<url>',
    description: 'Address of the API of the server. Default: ADIT_API_URL, else agent.api_url of the configuration',
  },
  { name: 'account', value: '<account>', description: 'Name or id; needed by who is in several accounts' },
  { name: 'user', value: '<user>', description: 'Name or id. Default: asked for' },
  apiCas,
  configOption,
  { name: 'password', value: '<password>', description: 'Refused', isHidden: true },
  { name: 'code', value: '<code>', description: 'Refused', isHidden: true },
];

/**
 * The same as options of `adit api`.
 *
 * @throws {AditError} 9500: a secret among them.
 */
export function placeOptionsOf({ options }: ParsedCommand): ParsedCommand['options'] {
  const secret = ['password', 'code'].find((name) => options[name] !== undefined);
  if (secret !== undefined) {
    const why = 'others on this machine can read it; it is asked for, or is a line of standard input';
    throw new AditError(9500, `Cannot use --${secret}: ${why}`);
  }
  const { server, ...others } = options;
  return server === undefined ? others : { ...others, 'api-url': server };
}
