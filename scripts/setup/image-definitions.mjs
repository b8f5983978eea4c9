import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { addedAuthorities } from "./certificates.mjs";
import { repository } from "./paths.mjs";
import { pinnedNode } from "./toolchain.mjs";

/** The label that carries the digest of what a local image was made from. */
export const DEFINITION_LABEL = "coop.dev/image-definition";

const folderOf = (name) => join(repository, "scripts/setup/images", name);

/** Every image that set-up provides: its reference, what it is made from, and the digest of that. */
export function imageDefinitions(architecture) {
  const base = JSON.parse(readFileSync(join(repository, "scripts/setup/base-image.json"), "utf8"));
  return [
    withDigest(
      { name: "base", ...base, node: pinnedNode(), authorities: addedAuthorities(), hooks: [] },
      architecture,
      (digest) => `coop.local/debian:${digest}`,
    ),
    withDigest(
      { name: "postgres", suite: base.suite, packages: ["postgresql-15"], hooks: POSTGRES_HOOKS },
      architecture,
      () => "postgres:15",
    ),
    withDigest(
      { name: "redis", suite: base.suite, packages: ["redis-server"], hooks: REDIS_HOOKS },
      architecture,
      () => "redis:7",
    ),
  ];
}

// The user ids of the official images; Debian's packages take a user that is there already.
const addUser = (name, home) =>
  `chroot "$1" sh -c 'groupadd -g 999 ${name} && useradd -g ${name} -u 999 -d ${home} -s /bin/bash ${name}'`;
const REDIS_HOOKS = [addUser("redis", "/data")];
const POSTGRES_HOOKS = [
  addUser("postgres", "/var/lib/postgresql"),
  `mkdir -p "$1/etc/postgresql-common" && echo "create_main_cluster = false" > "$1/etc/postgresql-common/createcluster.conf"`,
];

function withDigest(definition, architecture, refOf) {
  const folder = folderOf(definition.name);
  const files = readdirSync(folder)
    .sort()
    .map((file) => [file, readFileSync(join(folder, file), "utf8")]);
  const digest = createHash("sha256")
    .update(JSON.stringify([definition, architecture, files]))
    .digest("hex")
    .slice(0, 12);
  return { ...definition, folder, digest, ref: refOf(digest) };
}
