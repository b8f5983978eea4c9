/** A file of the trust volume; `path` is relative to its root, a path with a trailing slash is a folder. */
export interface TrustFile {
  readonly path: string;
  readonly bytes: string | Uint8Array;
}

/** Where a sandbox finds whom it may trust, read-only. */
export const TRUST_DIRECTORY = "/etc/coop/trust";

const BUNDLE = `${TRUST_DIRECTORY}/bundle.pem`;

/**
 * Variables by which programs find the certificates, sorted by name. `SSL_CERT_FILE` takes the place of the system's own
 * bundle and `NODE_EXTRA_CA_CERTS` adds to Node's, so the one is the whole bundle and the other the root alone.
 */
export const TRUST_ENVIRONMENT: Readonly<Record<string, string>> = {
  APT_CONFIG: `${TRUST_DIRECTORY}/apt.conf`,
  AWS_CA_BUNDLE: BUNDLE,
  BUNDLE_SSL_CA_CERT: BUNDLE,
  CARGO_HTTP_CAINFO: BUNDLE,
  CODEX_CA_CERTIFICATE: BUNDLE,
  CURL_CA_BUNDLE: BUNDLE,
  DENO_CERT: `${TRUST_DIRECTORY}/root.pem`,
  GIT_SSL_CAINFO: BUNDLE,
  GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: BUNDLE,
  JAVA_TOOL_OPTIONS: `-Djavax.net.ssl.trustStore=${TRUST_DIRECTORY}/java.jks -Djavax.net.ssl.trustStorePassword=changeit -Djavax.net.ssl.trustStoreType=JKS`,
  NIX_SSL_CERT_FILE: BUNDLE,
  NODE_EXTRA_CA_CERTS: `${TRUST_DIRECTORY}/root.pem`,
  NPM_CONFIG_CAFILE: BUNDLE,
  PIP_CERT: BUNDLE,
  REQUESTS_CA_BUNDLE: BUNDLE,
  SSL_CERT_DIR: `${TRUST_DIRECTORY}/certs`,
  SSL_CERT_FILE: BUNDLE,
};
