/** What an operator may ask of a whole agent (agent protocol, §10.6). The agent decides; its session is not closed for it. */
export type AgentCommand =
  | { readonly type: 'stop' | 'restart' }
  /** An empty version: the latest. */
  | { readonly type: 'update'; readonly version: string; readonly permitMajorVersion: boolean };
