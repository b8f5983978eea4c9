/** Something that may go, and how. */
export interface Finding {
  readonly kind: "session" | "container" | "network" | "volume" | "image" | "ref" | "file";
  readonly name: string;
  /** Whose it was; null for what projects share. */
  readonly project: string | null;
  readonly why: string;
  /** It may be the only place of data or of an agent's work. */
  readonly holdsData: boolean;
  readonly running: boolean;
  /** Removes it; what is gone already is as good. */
  readonly remove: () => Promise<void>;
}
