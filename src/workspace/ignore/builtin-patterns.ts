/**
 * Names that look like secrets, as gitignore lines: later lines win, `!` keeps visible. Left out on purpose: `*.crt`,
 * `*.cer`, `*.asc`, `*.gpg` and `application*.yml`, which are public or ordinary far more often than secret.
 */
export const BUILTIN_PATTERNS: readonly string[] = [
  // Environment files.
  ...[".env", ".env.*", ".envrc", "*.secret", "*.secrets"],
  // Terraform.
  ...["*.tfvars", "*.tfvars.json", "*.tfstate", "*.tfstate.*"],
  // Keys and key stores.
  ...["*.pem", "*.key", "*.p12", "*.pfx", "*.pkcs12", "*.jks", "*.keystore", "*.p8", "*.ppk", "*.kdbx", "*.ovpn"],
  ...["id_rsa*", "id_ed25519*", "id_ecdsa*", "id_dsa*"],
  // Files of tools.
  ...[".netrc", "_netrc", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc", ".git-credentials", ".htpasswd"],
  ...[".dockercfg", ".pgpass", ".my.cnf", ".s3cfg", ".boto", ".vault-token", "vault-token"],
  // Folders.
  ...["secrets/", ".secrets/", "credentials/", ".aws/", ".kube/", ".ssh/", ".gnupg/", ".docker/"],
  // JSON and YAML.
  ...["credentials.json", "service_account.json", "service-account.json", "*-sa.json", "client_secret*.json"],
  ...["firebase-adminsdk*.json", "gha-creds-*.json", "auth.json", "secret.json", "secrets.json", "*.secret.json"],
  ...["kubeconfig", "kubeconfig.yaml", "kubeconfig.yml", "database.yml"],
  ...["credentials.yml", "credentials.yaml", "secrets.yml", "secrets.yaml"],
  // Templates carry no values, …
  ...["!*.example", "!*.sample", "!*.template"],
  // … except under names that only ever hold keys.
  ...["id_rsa*", "id_ed25519*", "id_ecdsa*", "id_dsa*"],
  // Public certificate bundles.
  ...["!cacerts.pem", "!cacert.pem", "!ca-bundle.pem", "!ca-bundle.crt", "!ca-certificates.crt", "!ca-cert.pem"],
];
