import type { Healthcheck } from "../../src/model/model.ts";

/** What coop knows of a service image, so that people write `image: redis:7` and no more. */
export interface KnownImage {
  /** The last part of the repository name. */
  readonly name: string;
  readonly port: number;
  /** The image's own user, so that no capability is needed to become it. Debian variant, Alpine variant. */
  readonly user: { readonly debian: string; readonly alpine: string };
  readonly healthcheck: Healthcheck;
  /** Writable folders besides its volumes. */
  readonly tmpfs: readonly string[];
  /** Variables of which the image reads `NAME_FILE` instead, so that the value is in no environment. */
  readonly fileVariables: readonly string[];
  /** The variable with the password and, for images that read none, the command that uses it. */
  readonly password: { readonly variable: string; readonly command: readonly string[] | null };
  /** How an agent that lists the service finds it. `{host}` and `{password}` are filled in; other names are variables of the service. */
  readonly url: {
    readonly variable: string;
    readonly scheme: string;
    readonly userVariable: string | null;
    readonly defaultUser: string;
    readonly databaseVariable: string | null;
    readonly defaultDatabase: string;
  };
}

// Each check is a process that the engine starts inside: one a second takes a sixth of a processor for ever. Whoever
// waits asks by himself and more often (src/backends/docker/ready.ts).
const CALM: Omit<Healthcheck, "test"> = { intervalMs: 5000, timeoutMs: 3000, retries: 12, startPeriodMs: 0 };

// Users, ports, variables and data folders are those of the official images' own documentation.
export const KNOWN_IMAGES: readonly KnownImage[] = [
  {
    name: "postgres",
    port: 5432,
    user: { debian: "999:999", alpine: "70:70" },
    // By TCP: while the image initialises its data it listens on the unix socket alone.
    healthcheck: {
      ...CALM,
      test: ["CMD-SHELL", 'pg_isready -q -h 127.0.0.1 -p 5432 -U "${POSTGRES_USER:-postgres}"'],
    },
    tmpfs: ["/var/run/postgresql"],
    fileVariables: ["POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS"],
    password: { variable: "POSTGRES_PASSWORD", command: null },
    url: {
      variable: "DATABASE_URL",
      scheme: "postgresql",
      userVariable: "POSTGRES_USER",
      defaultUser: "postgres",
      databaseVariable: "POSTGRES_DB",
      defaultDatabase: "postgres",
    },
  },
  {
    name: "redis",
    port: 6379,
    user: { debian: "999:999", alpine: "999:1000" },
    healthcheck: {
      ...CALM,
      test: [
        "CMD-SHELL",
        'REDISCLI_AUTH="$(cat /run/coop/generated/REDIS_PASSWORD 2>/dev/null)" redis-cli ping | grep -q PONG',
      ],
    },
    tmpfs: [],
    fileVariables: [],
    // The password goes by a file: an argument would stand in every process list.
    password: {
      variable: "REDIS_PASSWORD",
      command: [
        "/bin/sh",
        "-c",
        "umask 077; printf 'requirepass %s\\ndir /data\\n' \"$REDIS_PASSWORD\" >/tmp/redis.conf; unset REDIS_PASSWORD; exec redis-server /tmp/redis.conf",
      ],
    },
    url: {
      variable: "REDIS_URL",
      scheme: "redis",
      userVariable: null,
      defaultUser: "",
      databaseVariable: null,
      defaultDatabase: "",
    },
  },
  {
    name: "mysql",
    port: 3306,
    user: { debian: "999:999", alpine: "999:999" },
    healthcheck: { ...CALM, test: ["CMD-SHELL", "mysqladmin ping -h 127.0.0.1 --silent"] },
    tmpfs: ["/var/run/mysqld"],
    fileVariables: ["MYSQL_ROOT_PASSWORD", "MYSQL_PASSWORD", "MYSQL_USER", "MYSQL_DATABASE"],
    password: { variable: "MYSQL_ROOT_PASSWORD", command: null },
    url: {
      variable: "MYSQL_URL",
      scheme: "mysql",
      userVariable: null,
      defaultUser: "root",
      databaseVariable: "MYSQL_DATABASE",
      defaultDatabase: "",
    },
  },
  {
    name: "mariadb",
    port: 3306,
    user: { debian: "999:999", alpine: "999:999" },
    healthcheck: { ...CALM, test: ["CMD-SHELL", "mariadb-admin ping -h 127.0.0.1 --silent"] },
    tmpfs: ["/run/mysqld"],
    fileVariables: ["MARIADB_ROOT_PASSWORD", "MARIADB_PASSWORD", "MARIADB_USER", "MARIADB_DATABASE"],
    password: { variable: "MARIADB_ROOT_PASSWORD", command: null },
    url: {
      variable: "MYSQL_URL",
      scheme: "mysql",
      userVariable: null,
      defaultUser: "root",
      databaseVariable: "MARIADB_DATABASE",
      defaultDatabase: "",
    },
  },
];

/** The entry for an image reference, by the last part of its repository; null for one that coop does not know. */
export function knownImage(reference: string): KnownImage | null {
  const repository = reference.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const last = repository.slice(repository.lastIndexOf("/") + 1);
  return KNOWN_IMAGES.find((each) => each.name === last) ?? null;
}

/** The image's own user, by the variant that the tag names. */
export function knownUser(known: KnownImage, reference: string): string {
  return reference.includes("alpine") ? known.user.alpine : known.user.debian;
}
