import { entry } from "./catalog-entry.ts";

/** 5xxx: what a sandbox may see of the repository, and what comes back from it. */
export const WORKSPACE_CATALOG = {
  CoopignoreUnreadable: entry<{ readonly file: string; readonly why: string }>({
    code: "COOP5001",
    severity: "error",
    message: ({ file, why }) => `\`${file}\` cannot be read: ${why}. Without it nobody knows what to hide.`,
    hint: ({ file }) => `Make \`${file}\` an ordinary UTF-8 file that you may read, or delete it.`,
    example: "A `.coopignore` that is a folder, a symlink, or not readable by the user who runs coop.",
  }),
  IgnorePatternNeverMatches: entry<{ readonly pattern: string; readonly why: string }>({
    code: "COOP5002",
    severity: "error",
    message: ({ pattern, why }) =>
      `\`${pattern}\` can never match a file: ${why}. What it was meant to hide would be visible.`,
    hint: () => "Close the bracket, or write a backslash as `\\\\`; see gitignore(5) for the syntax.",
    example: 'version: coop/v1\nignore: { patterns: ["fixtures/[a-z"] }\n',
  }),
  SecretInShippedFile: entry<{ readonly place: string; readonly secret: string }>({
    code: "COOP5003",
    severity: "warning",
    message: ({ place, secret }) => `${place} looks like it holds ${secret}, and the sandbox can read it.`,
    hint: ({ place }) =>
      `Hide the file with \`ignore.patterns\` or a \`.coopignore\` if the value in ${place} is real.`,
    example: "A file of the repository that no pattern hides and that holds a provider's key.",
  }),
  LeftOutOfView: entry<{ readonly path: string; readonly why: string }>({
    code: "COOP5004",
    severity: "warning",
    message: ({ path, why }) => `\`${path}\` is not in the sandbox: ${why}.`,
    hint: () => "Nothing needs to be done unless the agent needs it.",
    example: "A symlink that leads out of the repository, or a submodule.",
  }),
} as const;
