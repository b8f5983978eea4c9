import { stringify } from "yaml";
import { SECCOMP_PROFILE } from "../../compilers/container/seccomp-profile.ts";

const COUNT = 1024 * 1024 * 1024;

/** A coop.yaml of so many closed sandboxes. `revision` is a value that a change of the file changes. */
export function sandboxesForCoop(project: string, revisions: readonly number[]): string {
  return stringify({
    version: "coop/v1",
    project,
    defaults: { workspace: { mode: "none" }, resources: { cpus: 1, memory: "256MiB", pids: 128 } },
    agents: Object.fromEntries(
      revisions.map((revision, index) => [
        `a${index}`,
        { run: ["sleep", "infinity"], egress: [], environment: { REVISION: String(revision) } },
      ]),
    ),
  });
}

/** The same containers for compose: every field that coop sets on them, spelled out. */
export function sandboxesForCompose(image: string, revisions: readonly number[]): string {
  return stringify(
    {
      services: Object.fromEntries(
        revisions.map((revision, index) => [`a${index}`, sandbox(image, `a${index}`, revision)]),
      ),
    },
    { aliasDuplicateObjects: false },
  );
}

function sandbox(image: string, name: string, revision: number): Readonly<Record<string, unknown>> {
  return {
    ...hardening(),
    image,
    pull_policy: "never",
    user: "1000:1000",
    entrypoint: ["sleep", "infinity"],
    working_dir: "/home/agent",
    environment: {
      COOP: "1",
      COOP_AGENT: name,
      COOP_PROJECT: "bench",
      COOP_REPLICA: "0",
      HOME: "/home/agent",
      REVISION: String(revision),
    },
    healthcheck: { disable: true },
    network_mode: "none",
    dns: ["127.0.0.1"],
    tmpfs: [
      `/tmp:rw,nosuid,nodev,exec,size=${COUNT},mode=1777`,
      `/home/agent:rw,nosuid,nodev,exec,size=${COUNT},mode=0755,uid=1000,gid=1000`,
    ],
  };
}

/** Beside the compose file: the very profile that coop gives its containers. */
export const SECCOMP_FILE = "seccomp.json";
export const SECCOMP_TEXT = JSON.stringify(SECCOMP_PROFILE);

/** What every container of coop has (compilers/container/hardening.ts), in compose's words. */
export function hardening(): Readonly<Record<string, unknown>> {
  return {
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges", `seccomp=${SECCOMP_FILE}`],
    read_only: true,
    init: true,
    ipc: "private",
    cgroup: "private",
    pids_limit: 128,
    mem_limit: 256 * 1024 * 1024,
    memswap_limit: 256 * 1024 * 1024,
    cpus: 1,
    restart: "no",
    stop_grace_period: "10s",
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
  };
}
