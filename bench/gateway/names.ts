/** Every name of the bench's upstream ends in this; one certificate is good for all that are one label longer. */
export const DOMAIN = "bench.test";

/** The host that all loads but one ask. */
export const HOST = `api.${DOMAIN}`;

/** What a sandbox holds instead of the credential. */
export const PLACEHOLDER = "coop-placeholder-of-the-bench";

/** What the upstream wants to see. */
export const SECRET = "bench-0123456789abcdefghijklmnopqrstuvwxyz";
