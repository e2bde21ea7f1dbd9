// Putting the rooms together: what server.ts needs besides wiring. Decisions stay in the rooms.
import type { FirstRun } from '../control/first-run.ts';

/** Where everything listens: the `--ready-json` line. Every address resolves on a plain machine when the domain is localhost. */
export interface ReadyInfo {
  readonly event: 'ready';
  readonly https: { readonly host: string; readonly port: number };
  readonly http: { readonly host: string; readonly port: number };
  /** `host:port` for agents and SDKs. */
  readonly connect: string;
  /** Base URL of the control API. */
  readonly api: string;
  /** Base URL of /healthz, /readyz and /metrics. */
  readonly operator: string;
  /**
   * The CA that clients of the addresses above have to trust, a PEM file; null when the operator brought a certificate. With
   * certificates got by ACME, too: they are for public names, and clients on this machine go by `localhost`.
   */
  readonly caFile: string | null;
  /** The secrets made by the very first start, shown only then. */
  readonly firstRun: FirstRun | null;
}
