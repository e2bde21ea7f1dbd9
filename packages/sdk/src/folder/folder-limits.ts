/** Limits of serving a folder. */
export interface FolderLimits {
  /** Entries of a folder that its page lists; of the rest it says that they are there. Default: 1,000. */
  readonly maxListedEntries: number;
}

export const folderLimits: FolderLimits = { maxListedEntries: 1_000 };
