import { SECCOMP_PROFILE } from "../../../../compilers/container/seccomp-profile.ts";
import { canonicalJson } from "../../../graph/digest.ts";
import { fieldsOf, listIn, numberIn, textIn, textsIn } from "./json.ts";
import type { Fields } from "./json.ts";

/** Whether a runtime's filter of system calls is what coop's own profile comes to for these capabilities. Pure. */
export function isOwnFilter(filter: Fields, capabilities: readonly string[]): boolean {
  const has = new Set(capabilities);
  const wanted = SECCOMP_PROFILE.syscalls.filter(
    (each) =>
      (each.includes?.caps ?? []).every((cap) => has.has(cap)) &&
      !(each.excludes?.caps ?? []).some((cap) => has.has(cap)),
  );
  if (filter["defaultAction"] !== SECCOMP_PROFILE.defaultAction) return false;
  return canonical(wanted) === canonical(listIn(filter["syscalls"]));
}

// One line for each name, in whichever lists they stand; what a profile leaves out is nothing to a runtime.
function canonical(rules: readonly unknown[]): string {
  const lines = rules.flatMap((rule) => {
    const fields = fieldsOf(rule);
    const args = listIn(fields["args"]).map((each) => {
      const { index, value, valueTwo, op } = fieldsOf(each);
      return { index: numberIn(index), value: numberIn(value), valueTwo: numberIn(valueTwo), op: textIn(op) };
    });
    const action = textIn(fields["action"]);
    const errno = numberIn(fields["errnoRet"]);
    return textsIn(fields["names"]).map((name) => canonicalJson({ name, action, errno, args }));
  });
  return [...new Set(lines)].toSorted().join("\n");
}
