import type { CommandOption } from '../command.ts';
import { configOption } from '../endpoint/shared-options.ts';

/** Where the API is and who calls it; every call takes these. */
export const apiOptions: readonly CommandOption[] = [
  { name: 'json', value: null, description: 'Print what the API answers, for programs' },
  {
    name: 'api-url',
    value: '<url>',
    description: 'Address of the API. Default: ADIT_API_URL, else agent.api_url of the configuration',
  },
  {
    name: 'api-key-file',
    value: '<file>',
    description: 'File with the API key. Default: ADIT_API_KEY, else agent.api_key of the configuration',
    completes: 'file',
  },
  {
    name: 'api-cas',
    value: '<file>',
    description:
      'PEM file of the only CA to trust; "host": those of the system. Default: ADIT_API_CAS, else what the agent trusts ' +
      '(ADIT_CONNECT_CAS, agent.connect_cas)',
    completes: 'file',
  },
  configOption,
  { name: 'api-key', value: '<key>', description: 'Refused: others on this machine can read it', isHidden: true },
];

export const listOptions: readonly CommandOption[] = [
  { name: 'all', value: null, description: 'Every page of the list, not only the first' },
];
