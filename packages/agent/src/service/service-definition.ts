/** A service as the system is to run it. It names the configuration file and holds nothing of what is in it. */
export interface ServiceDefinition {
  /** The program and its arguments, absolute. */
  readonly command: readonly [string, ...string[]];
  /** True: of the whole machine. False: of one user. */
  readonly isSystem: boolean;
  /** Who it runs as, for a service of the machine; undefined: the system's choice. */
  readonly user: string | undefined;
  /** Folders that it must be able to write to, such as that of its log. */
  readonly writableFolders: readonly string[];
  /** How many files it may have open; undefined: the system's choice. A connection takes one or two. */
  readonly maxOpenFiles: number | undefined;
}

export const serviceSummary = 'Adit agent: gives services on this machine public addresses';

/** Exit codes that trying again cannot mend: options or configuration, authtoken, rights. See the table of errors. */
export const hopelessExitCodes = [2, 3, 4] as const;
