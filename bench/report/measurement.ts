import type { VisitorResult } from '../job.ts';

/** One run of one load through one setup. */
export interface Measurement extends VisitorResult {
  readonly setup: string;
  readonly load: string;
  /** From 1. */
  readonly round: number;
  /** Towards the visitor. */
  readonly isTls: boolean;
  /** Processor seconds of all processes of the server's side, of the agent's, and of the origin. */
  readonly edgeSeconds: number;
  readonly agentSeconds: number;
  readonly originSeconds: number;
}
