/** What Podman says where Docker has a status of its own, and that status. */
const SAID: readonly (readonly [RegExp, number])[] = [
  [/name .* is already in use|that name is already in use/i, 409],
  [/network already exists|already used/i, 409],
  [/is being used by|in use|has associated containers/i, 409],
  [/container state improper/i, 409],
  [/no such container|no such network|no such volume|network not found|unable to find network/i, 404],
];

/** A refusal, signed as Podman's, with the status that Docker would give it: Podman gives 500 to much that is nobody's fault. */
export function namedStatus(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const signed = Object.assign(cause, { engine: "Podman" });
  if (!("statusCode" in signed) || signed.statusCode !== 500) return signed;
  const status = SAID.find(([words]) => words.test(signed.message))?.[1];
  return status === undefined ? signed : Object.assign(signed, { statusCode: status });
}
