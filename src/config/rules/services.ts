import type { ServiceEntry } from "../../../schema/coop-file.gen.ts";
import { diagnostic } from "../../diagnostics/catalog.ts";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { splitCommandLine } from "../command-line.ts";
import { variablesOf } from "../environment.ts";
import type { Places } from "../places.ts";
import type { Rule } from "./rule.ts";

/** A service can be started as it is written. */
export const services: Rule = (_file, index) =>
  index.services.flatMap(({ entry }) => [
    ...commandProblems(entry, index.places),
    ...healthcheckProblems(entry, index.places),
    ...userProblems(entry, index.places),
  ]);

function commandProblems(entry: ServiceEntry, places: Places): readonly Diagnostic[] {
  return (["command", "entrypoint"] as const).flatMap((field) => {
    const written = entry[field];
    if (typeof written !== "string" || splitCommandLine(written) !== null) return [];
    const facts = { why: "a quote is open", mend: "Close the quote, or write a list." };
    return [diagnostic("InvalidCommand", facts, places.value(entry, field))];
  });
}

function healthcheckProblems(entry: ServiceEntry, places: Places): readonly Diagnostic[] {
  const test = entry.healthcheck?.test;
  if (entry.healthcheck === undefined || test === undefined || typeof test === "string") return [];
  const why = healthcheckProblem(test);
  return why === null ? [] : [diagnostic("InvalidHealthcheck", { why }, places.value(entry.healthcheck, "test"))];
}

function healthcheckProblem([kind, ...rest]: readonly string[]): string | null {
  if (kind === "NONE") return rest.length === 0 ? null : "`NONE` stands alone";
  if (kind === "CMD") return rest.length > 0 ? null : "there is no program behind `CMD`";
  if (kind === "CMD-SHELL") return rest.length === 1 ? null : "`CMD-SHELL` takes one line";
  return "the list begins with none of `CMD`, `CMD-SHELL` and `NONE`";
}

function userProblems(entry: ServiceEntry, places: Places): readonly Diagnostic[] {
  if (entry.user === undefined) return [];
  const user = String(entry.user);
  const span = places.value(entry, "user");
  if (!/^(?:[a-z_][a-z0-9_-]{0,31}|\d{1,10})(?::(?:[a-z_][a-z0-9_-]{0,31}|\d{1,10}))?$/u.test(user)) {
    return [diagnostic("InvalidUser", { user }, span)];
  }
  const root = /^(?:root|0+)(?::|$)/u.test(user) && entry.unsafe?.root !== true;
  return root ? [diagnostic("RootNeedsUnsafe", { user }, span)] : [];
}

/** Variables of which an image needs one to start; by the last part of its name. */
const PASSWORDS: Readonly<Record<string, readonly string[]>> = {
  postgres: ["POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE", "POSTGRES_HOST_AUTH_METHOD"],
  mysql: [
    "MYSQL_ROOT_PASSWORD",
    "MYSQL_ROOT_PASSWORD_FILE",
    "MYSQL_ALLOW_EMPTY_PASSWORD",
    "MYSQL_RANDOM_ROOT_PASSWORD",
  ],
  mariadb: [
    "MARIADB_ROOT_PASSWORD",
    "MARIADB_ROOT_PASSWORD_FILE",
    "MARIADB_ROOT_PASSWORD_HASH",
    "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
    "MARIADB_RANDOM_ROOT_PASSWORD",
    "MYSQL_ROOT_PASSWORD",
  ],
};

/** Known database images refuse to start without a password. */
export const servicePasswords: Rule = (_file, index) =>
  index.services.flatMap(({ entry }) => {
    const image = /^(?:.*\/)?([^/:@]+)/u.exec(entry.image)?.[1] ?? "";
    const accepted = Object.hasOwn(PASSWORDS, image) ? (PASSWORDS[image] ?? []) : [];
    const names = variablesOf(entry.environment, index.places).map((each) => each.name);
    if (accepted.length === 0 || entry.command !== undefined || accepted.some((name) => names.includes(name)))
      return [];
    return [
      diagnostic("MissingPassword", { image, variables: accepted.slice(0, 1) }, index.places.value(entry, "image")),
    ];
  });
