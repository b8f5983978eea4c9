// Loaded into the real command line by tests: every name is this machine, so that nothing is asked of the world.
import dns from "node:dns";

dns.lookup = (_name, options, done) => {
  const answer = typeof options === "function" ? options : done;
  if (options.all === true) answer(null, [{ address: "127.0.0.1", family: 4 }]);
  else answer(null, "127.0.0.1", 4);
};
