const PROXY = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"];

/** Words for `env`: a program that is started so knows of no proxy. */
export const WITHOUT_PROXY: readonly string[] = [...PROXY, ...PROXY.map((each) => each.toLowerCase())].flatMap(
  (each) => ["-u", each],
);
