import type { EnvironmentEntry, Service } from "../../src/model/model.ts";
import type { Context } from "./context.ts";
import { nameOf } from "./context.ts";
import { knownImage } from "./known-images.ts";
import type { KnownImage } from "./known-images.ts";
import { volumeId } from "./names.ts";
import type { SecretEntry, SecretPart } from "./preparation.ts";

/** Ports of a service that agents reach. */
export function servicePorts(service: Service): readonly number[] {
  if (service.ports.length > 0) return service.ports;
  const known = knownImage(service.image);
  return known === null ? [] : [known.port];
}

/** Names of the service's variables whose values coop makes. */
export function generatedNames(service: Service): readonly string[] {
  return service.environment.filter((each) => each.value.kind === "generate").map((each) => each.name);
}

/**
 * Variables by which an agent finds the services that it lists: `DB_URL` for the service `db`, and the well-known name
 * (`DATABASE_URL`, `REDIS_URL`) when only one listed service would claim it. Values with a password are secrets.
 */
export function serviceWiring(context: Context, services: readonly Service[]): readonly SecretEntry[] {
  const urls = services.flatMap((service) => {
    const known = knownImage(service.image);
    return known === null ? [] : [{ service, known, parts: urlParts(context, service, known) }];
  });
  const own = urls.map(({ service, parts }) => ({ name: `${variableName(service.name)}_URL`, parts }));
  const common = urls
    .filter(({ known }) => urls.filter((other) => other.known.url.variable === known.url.variable).length === 1)
    .map(({ known, parts }) => ({ name: known.url.variable, parts }));
  const byName = new Map([...own, ...common].map((each) => [each.name, each]));
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function urlParts(context: Context, service: Service, known: KnownImage): readonly SecretPart[] {
  const { url } = known;
  const text = (value: string): SecretPart => ({ kind: "text", text: value });
  const user = literal(service, url.userVariable) ?? url.defaultUser;
  const database =
    literal(service, url.databaseVariable) ?? (url.userVariable !== null && user !== "" ? user : url.defaultDatabase);
  const password = passwordPart(context, service, known);
  const account: readonly SecretPart[] =
    password === null
      ? user === ""
        ? []
        : [text(`${encodeURIComponent(user)}@`)]
      : [text(`${encodeURIComponent(user)}:`), password, text("@")];
  const tail = `${service.name}:${servicePorts(service)[0] ?? known.port}${database === "" ? "" : `/${encodeURIComponent(database)}`}`;
  return [text(`${url.scheme}://`), ...account, text(tail)];
}

function passwordPart(context: Context, service: Service, known: KnownImage): SecretPart | null {
  const entry = service.environment.find((each) => each.name === known.password.variable);
  if (entry === undefined) return null;
  switch (entry.value.kind) {
    case "literal":
      return { kind: "text", text: encodeURIComponent(entry.value.text) };
    case "generate":
      return { kind: "generated", volume: generatedVolume(context, service), name: entry.name, encode: true };
    case "host":
    case "credential":
      return secretPart(context, entry, true);
  }
}

/** The volume with the passwords that coop made for a service: made and wiped together with its data. */
export function generatedVolume(context: Context, service: Service): string {
  return nameOf(context, volumeId(`generated.${service.name}`));
}

/** A host variable or a credential, by reference and version. */
export function secretPart(context: Context, entry: EnvironmentEntry, encode: boolean): SecretPart {
  const { value } = entry;
  switch (value.kind) {
    case "host":
      return {
        kind: "host",
        variable: value.variable,
        version: context.inputs.secretVersions[`env:${value.variable}`] ?? "",
        encode,
      };
    case "credential":
      return {
        kind: "credential",
        credential: value.credential,
        version: context.inputs.secretVersions[`credential:${value.credential}`] ?? "",
        encode,
      };
    case "literal":
    case "generate":
      throw new Error(`${entry.name} is no reference to a secret`);
  }
}

function literal(service: Service, variable: string | null): string | null {
  const entry = service.environment.find((each) => each.name === variable);
  return entry?.value.kind === "literal" ? entry.value.text : null;
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
