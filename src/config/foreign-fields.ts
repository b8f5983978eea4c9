/** Words of the compose file and of other tools, with what says the same here. */
const FOREIGN: Readonly<Record<string, string>> = {
  build: "Write `image: { dockerfile: Dockerfile }`.",
  cap_add: "Write `unsafe: { capabilities: [NAME] }`.",
  cap_drop: "Remove it: every capability is dropped.",
  container_name: "Remove it: names are derived from project and agent.",
  cmd: 'Write `run: ["program", "argument"]` for an agent, `command` for a service.',
  cpus: "Write `resources: { cpus: 2 }`.",
  deploy: "Write `resources` for limits and `fleets` for replicas.",
  dns: "Write `egress.resolvers`.",
  domains: "Write `egress.rules` and name them in `egress`.",
  env: "Rename it to `environment`.",
  env_file: "Write the variables under `environment`; a value from outside is `{ env: NAME }`.",
  expose: "Rename it to `ports`.",
  extra_hosts: "Remove it: names are resolved by the gateway.",
  hosts: "Write `egress.rules` and name them in `egress`.",
  limits: "Rename it to `resources`.",
  links: "Remove it: an agent reaches the services in its `services`.",
  mem_limit: "Write `resources: { memory: 4GiB }`.",
  memory: "Write `resources: { memory: 4GiB }`.",
  mounts: 'Write `volumes: ["name:/path"]`.',
  network: "Write `egress`.",
  network_mode: "Write `egress`.",
  networks: "Remove it: an agent reaches the services in its `services`.",
  pids_limit: "Write `resources: { pids: 1024 }`.",
  privileged: "Name what is needed under `unsafe`.",
  read_only: "Remove it: the root file system is read-only; see `unsafe.writableRoot`.",
  replicas: "Write a fleet: `fleets: { name: { agent: NAME, replicas: 2 } }`.",
  scale: "Write a fleet: `fleets: { name: { agent: NAME, replicas: 2 } }`.",
  secrets: "Write `credentials`.",
  security_opt: "Name what is needed under `unsafe`.",
  working_dir: "Write `workspace: { path: /work }`.",
};

/** What to write instead of a word of another tool; null where the word is unknown. */
export function foreignField(field: string): string | null {
  return Object.hasOwn(FOREIGN, field) ? (FOREIGN[field] ?? null) : null;
}
