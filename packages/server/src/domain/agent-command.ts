/**
 * What an operator may ask of a whole agent (agent protocol, §10.6). The agent decides; its session is not closed for it.
 * `update`: to the latest of the same major version.
 */
export interface AgentCommand {
  readonly type: 'stop' | 'restart' | 'update';
}
