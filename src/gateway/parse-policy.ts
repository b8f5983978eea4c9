import ipaddr from "ipaddr.js";
import { IDENTITY, IDENTITY_LIMIT } from "./identity.ts";
import {
  ShapeError,
  booleanOf,
  listOf,
  nullOr,
  objectOf,
  oneOf,
  portOf,
  readShape,
  recordOf,
  textOf,
} from "../diagnostics/json-shape.ts";
import { hostPatternOf, nameOf } from "./parse-host-pattern.ts";
import { policyCredentialOf } from "./parse-policy-credential.ts";
import type { Policy, PolicyRule, Route, Subject } from "./policy.ts";

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly reason: string };

/** Reads `policy.json` wholly or not at all: an unknown field, a missing one or a name in another spelling is refused. */
export function parsePolicy(text: string): ParsedPolicy {
  const read = readShape(() => policyOf(JSON.parse(text)));
  return read.ok ? { ok: true, policy: read.value } : read;
}

function policyOf(value: unknown): Policy {
  const fields = objectOf(value, "policy", [
    "version",
    "project",
    "resolvers",
    "trust",
    "hostAddresses",
    "credentials",
    "subjects",
  ]);
  if (fields.version !== 1) throw new ShapeError("policy.version", "1");
  const subjects = Object.entries(recordOf(fields.subjects, "subjects")).map(
    ([key, subject]) =>
      [textOf(key, "subjects", IDENTITY_LIMIT, IDENTITY), subjectFrom(subject, `subjects.${key}`)] as const,
  );
  return {
    version: 1,
    project: textOf(fields.project, "project", 63, /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/),
    resolvers: listOf(fields.resolvers, "resolvers", resolverOf),
    trust: nullOr(fields.trust, (pem) => textOf(pem, "trust", 4_000_000, /-----BEGIN CERTIFICATE-----/)),
    hostAddresses: listOf(fields.hostAddresses, "hostAddresses", cidrOf),
    credentials: Object.fromEntries(
      Object.entries(recordOf(fields.credentials, "credentials")).map(([name, credential]) => [
        textOf(name, "credentials", 253),
        policyCredentialOf(credential, `credentials.${name}`),
      ]),
    ),
    subjects: Object.fromEntries(subjects),
  };
}

function subjectFrom(value: unknown, at: string): Subject {
  const fields = objectOf(value, at, ["open", "rules", "routes"]);
  return {
    open: booleanOf(fields.open, `${at}.open`),
    rules: listOf(fields.rules, `${at}.rules`, ruleOf),
    routes: listOf(fields.routes, `${at}.routes`, routeOf),
  };
}

function routeOf(value: unknown, at: string): Route {
  const fields = objectOf(value, at, ["name", "port", "to"]);
  const to = objectOf(fields.to, `${at}.to`, ["identity", "port"]);
  return {
    name: nameOf(fields.name, `${at}.name`),
    port: portOf(fields.port, `${at}.port`),
    to: {
      identity: textOf(to.identity, `${at}.to.identity`, IDENTITY_LIMIT, IDENTITY),
      port: portOf(to.port, `${at}.to.port`),
    },
  };
}

const RULE_KEYS = [
  "name",
  "host",
  "ports",
  "protocol",
  "tls",
  "methods",
  "paths",
  "query",
  "credential",
  "addresses",
  "override",
] as const;

function ruleOf(value: unknown, at: string): PolicyRule {
  const fields = objectOf(value, at, RULE_KEYS);
  return {
    name: textOf(fields.name, `${at}.name`, 253),
    host: hostPatternOf(fields.host, `${at}.host`),
    ports: listOf(fields.ports, `${at}.ports`, portOf),
    protocol: oneOf(fields.protocol, `${at}.protocol`, ["https", "http", "tcp"]),
    tls: oneOf(fields.tls, `${at}.tls`, ["intercept", "tunnel"]),
    methods: listOf(fields.methods, `${at}.methods`, (method, where) => textOf(method, where, 32, /^[A-Z][A-Z-]*$/)),
    paths: listOf(fields.paths, `${at}.paths`, (path, where) => textOf(path, where, 4096, /^\/[\x21-\x7e]*$/)),
    query: listOf(fields.query, `${at}.query`, queryOf),
    credential: nullOr(fields.credential, (name) => textOf(name, `${at}.credential`, 253)),
    addresses: listOf(fields.addresses, `${at}.addresses`, cidrOf),
    override: oneOf(fields.override, `${at}.override`, ["never", "client"]),
  };
}

function queryOf(value: unknown, at: string): { readonly name: string; readonly value: string } {
  const fields = objectOf(value, at, ["name", "value"]);
  if (typeof fields.value !== "string") throw new ShapeError(`${at}.value`, "a text");
  return { name: textOf(fields.name, `${at}.name`, 1024), value: fields.value };
}

function cidrOf(value: unknown, at: string): string {
  const cidr = textOf(value, at, 64);
  if (!ipaddr.isValidCIDR(cidr)) throw new ShapeError(at, "a CIDR");
  return cidr;
}

function resolverOf(value: unknown, at: string): string {
  const text = textOf(value, at, 64);
  const bare =
    /^\[([^\]]+)\](?::[0-9]{1,5})?$/.exec(text)?.[1] ?? /^([0-9.]+)(?::[0-9]{1,5})?$/.exec(text)?.[1] ?? text;
  if (!ipaddr.isValid(bare)) throw new ShapeError(at, "an IP address with an optional port");
  return text;
}
