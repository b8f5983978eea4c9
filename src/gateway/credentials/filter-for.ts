import type { SecretValue } from "../../model/provider.ts";
import { type SecretFilter, secretFilter } from "./scrubber.ts";

const filters = new WeakMap<SecretValue, SecretFilter>();

/** What hides a value in answers. Made once: a value is one object as long as it is in force. */
export function filterFor(value: SecretValue): SecretFilter {
  const known = filters.get(value);
  if (known !== undefined) return known;
  const made = secretFilter(secretsOf(value).filter((each) => each !== ""));
  filters.set(value, made);
  return made;
}

/** Every text of a value that must never be seen inside a sandbox. */
function secretsOf(value: SecretValue): readonly string[] {
  switch (value.kind) {
    case "text":
      return [value.text];
    case "aws":
      return value.sessionToken === null ? [value.secretAccessKey] : [value.secretAccessKey, value.sessionToken];
    case "oauth":
      return [value.accessToken, value.refresh?.token ?? "", value.refresh?.clientSecret ?? ""];
  }
}
