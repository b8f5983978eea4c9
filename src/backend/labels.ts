/**
 * The labels that carry ownership; there is no state file. `dev` is the project's own domain part, as Docker asks for
 * reverse-DNS-like prefixes to keep tools apart.
 */
export const LABEL = {
  project: "coop.dev/project",
  id: "coop.dev/id",
  digest: "coop.dev/digest",
  scheme: "coop.dev/scheme",
  /** The repository that they were made from: an absolute path of the machine where coop ran. */
  repository: "coop.dev/repository",
  /** On containers: the image as it was named, when its tag pointed to what they run on. */
  image: "coop.dev/image",
  /** On session sandboxes: the owner's pid and start token. */
  session: "coop.dev/session",
} as const;

/** The version of what the labels mean. */
export const SCHEME = "1";

/** The labels of one object. */
export function labelsOf(project: string, id: string, digest: string): Readonly<Record<string, string>> {
  return { [LABEL.project]: project, [LABEL.id]: id, [LABEL.digest]: digest, [LABEL.scheme]: SCHEME };
}

/**
 * The digest that an object was made with: empty where it has none, and null where it was written under another scheme,
 * whose digests say nothing here. Such an object is compared by what can be read of it: no upgrade makes it anew.
 */
export function recordedDigest(labels: Readonly<Record<string, string>>): string | null {
  const digest = labels[LABEL.digest];
  if (digest === undefined) return "";
  return labels[LABEL.scheme] === SCHEME ? digest : null;
}

const SESSION = /\.(session-[0-9a-f]+)$/;

/** The session that an object belongs to, by its id; null for what the file declares. */
export function sessionOf(id: string): string | null {
  return SESSION.exec(id)?.[1] ?? null;
}
