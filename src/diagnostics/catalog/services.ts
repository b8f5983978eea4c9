import { entry } from "../catalog-entry.ts";
import { quotedList, shown } from "../wording.ts";

const SERVICE = (fields: string): string => `version: coop/v1\nservices:\n  db: { ${fields} }\n`;

/** 23xx: services. */
export const SERVICES = {
  MissingPassword: entry<{ readonly image: string; readonly variables: readonly string[] }>({
    code: "COOP2301",
    severity: "error",
    message: ({ image, variables }) =>
      `The image ${shown(image)} does not start without ${quotedList(variables, "or")}.`,
    hint: ({ variables }) => `Add \`environment: { ${variables[0] ?? "PASSWORD"}: { generate: true } }\`.`,
    example: SERVICE('image: "postgres:16"'),
  }),
  InvalidHealthcheck: entry<{ readonly why: string }>({
    code: "COOP2302",
    severity: "error",
    message: ({ why }) => `This healthcheck cannot run: ${why}.`,
    hint: () => 'Write `["CMD", program, argument]`, `["CMD-SHELL", line]` or `["NONE"]`.',
    example: SERVICE("image: redis:7, healthcheck: { test: [redis-cli, ping] }"),
  }),
  InvalidUser: entry<{ readonly user: string }>({
    code: "COOP2303",
    severity: "error",
    message: ({ user }) => `${shown(user)} is not a user.`,
    hint: () => "Write `name`, `uid` or `uid:gid`.",
    example: SERVICE('image: redis:7, user: "redis user"'),
  }),
  RootNeedsUnsafe: entry<{ readonly user: string }>({
    code: "COOP2304",
    severity: "error",
    message: ({ user }) => `${shown(user)} is root, which is a loosening.`,
    hint: () => "Remove `user`, or write `unsafe: { root: true }` beside it.",
    example: SERVICE("image: redis:7, user: root"),
  }),
} as const;
