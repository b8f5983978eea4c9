/** Where the forwarder of every sandbox takes HTTP: the proxy that clients are told of, and what the gateway itself answers. */
export const SANDBOX_ADDRESS = "http://127.0.0.1:3128";

/** Where the gateway answers with the keys that stand for a credential, as AWS's SDKs ask a container's endpoint for them. */
export const KEYS_PATH = "/credentials/";
