import { addresses } from "./addresses.ts";
import { ambiguousCredentials } from "./ambiguous-credentials.ts";
import { credentialHosts, credentials, unusedCredentials } from "./credentials.ts";
import { dependencyCycles } from "./dependency-cycles.ts";
import { derivedNames } from "./derived-names.ts";
import { environment } from "./environment.ts";
import { fleets } from "./fleets.ts";
import { hosts } from "./hosts.ts";
import { images } from "./images.ts";
import { interpolation } from "./interpolation.ts";
import { literalSecrets } from "./literal-secrets.ts";
import { names, projectName } from "./names.ts";
import { paths } from "./paths.ts";
import { ports } from "./ports.ts";
import { protocols } from "./protocols.ts";
import { requests } from "./requests.ts";
import { ruleNames, serviceHosts } from "./rule-names.ts";
import type { Rule } from "./rule.ts";
import { runs } from "./runs.ts";
import { servicePasswords, services } from "./services.ts";
import { targets } from "./targets.ts";
import { tunnels } from "./tunnels.ts";
import { unknownReferences } from "./unknown-references.ts";
import { unsafe } from "./unsafe.ts";
import { volumes } from "./volumes.ts";
import { workspaces } from "./workspaces.ts";

/** Every semantic rule, in no order that matters. */
export const ALL_RULES: readonly Rule[] = [
  addresses,
  ambiguousCredentials,
  credentialHosts,
  credentials,
  dependencyCycles,
  derivedNames,
  environment,
  fleets,
  hosts,
  images,
  interpolation,
  literalSecrets,
  names,
  paths,
  ports,
  projectName,
  protocols,
  requests,
  ruleNames,
  runs,
  serviceHosts,
  servicePasswords,
  services,
  targets,
  tunnels,
  unknownReferences,
  unsafe,
  unusedCredentials,
  volumes,
  workspaces,
];
