import type { CredentialRequest } from "../../../../src/gateway/credentials/credential-step.ts";
import type { PolicyCredential } from "../../../../src/gateway/policy.ts";
import type { InjectionPlace } from "../../../../src/model/provider.ts";

/** A place for api.test that takes a key in `x-api-key`. */
export function aPlace(difference: Partial<InjectionPlace> = {}): InjectionPlace {
  return {
    hosts: [{ kind: "exact", name: "api.test" }],
    paths: [],
    into: { kind: "header", header: "x-api-key", prefix: "" },
    carriers: ["x-api-key", "authorization"],
    queryCarriers: [],
    merge: [],
    ...difference,
  };
}

export function aCredential(places: readonly InjectionPlace[], placeholder = "sk-placeholder"): PolicyCredential {
  return { places, placeholder, refreshEncoding: "form" };
}

/** `GET https://api.test/v1` under a rule with the credential `key`, whose value is `real-secret`. */
export function aCredentialRequest(difference: Partial<CredentialRequest> = {}): CredentialRequest {
  return {
    name: "key",
    credential: aCredential([aPlace()]),
    value: { kind: "text", text: "real-secret" },
    override: "never",
    host: "api.test",
    authority: "api.test",
    method: "GET",
    hasBody: false,
    nowMs: 0,
    rawTarget: "/v1",
    rawHeaders: [],
    ...difference,
  };
}
