import { diagnostic } from "../../diagnostics/catalog.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import type { Rule } from "./rule.ts";

const CAPABILITIES = [
  "AUDIT_CONTROL",
  "AUDIT_READ",
  "AUDIT_WRITE",
  "BLOCK_SUSPEND",
  "BPF",
  "CHECKPOINT_RESTORE",
  "CHOWN",
  "DAC_OVERRIDE",
  "DAC_READ_SEARCH",
  "FOWNER",
  "FSETID",
  "IPC_LOCK",
  "IPC_OWNER",
  "KILL",
  "LEASE",
  "LINUX_IMMUTABLE",
  "MAC_ADMIN",
  "MAC_OVERRIDE",
  "MKNOD",
  "NET_ADMIN",
  "NET_BIND_SERVICE",
  "NET_BROADCAST",
  "NET_RAW",
  "PERFMON",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYSLOG",
  "SYS_ADMIN",
  "SYS_BOOT",
  "SYS_CHROOT",
  "SYS_MODULE",
  "SYS_NICE",
  "SYS_PACCT",
  "SYS_PTRACE",
  "SYS_RAWIO",
  "SYS_RESOURCE",
  "SYS_TIME",
  "SYS_TTY_CONFIG",
  "WAKE_ALARM",
] as const;

/** Capabilities are named one by one. */
export const unsafe: Rule = (_file, { agents, places, services }) =>
  [...agents, ...services].flatMap(({ entry }) => {
    const list = entry.unsafe?.capabilities ?? [];
    return list.flatMap((name, at) => {
      if (CAPABILITIES.some((each) => each === name)) return [];
      return [diagnostic("UnknownCapability", { name, mend: mendOf(name) }, places.value(list, at))];
    });
  });

function mendOf(name: string): string {
  if (name.toUpperCase() === "ALL") return "Name each one that is needed.";
  const near = nearest(name.toUpperCase().replace(/^CAP_/u, ""), CAPABILITIES);
  return near === null ? "Write a name from capabilities(7), without `CAP_`." : `Write \`${near}\`.`;
}
