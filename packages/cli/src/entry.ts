import type { CommandTree } from '@adit/agent';

/** One word after `adit`, and what it stands for, which is loaded only when it is called. */
export interface Entry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<CommandTree>;
}
