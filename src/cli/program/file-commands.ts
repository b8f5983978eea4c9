import { command, common } from "./declaring.ts";
import type { CommonOptions, Declaring } from "./declaring.ts";

/** Commands that read the file and need no engine. */
export function declareFileCommands(to: Declaring): void {
  const { shell, done } = to;
  command(to, "validate", "check the file and report every mistake in it", ["json"])
    .option("--strict", "count warnings as errors")
    .action((options: CommonOptions & { readonly strict?: boolean }) =>
      done(
        import("../commands/validate.ts").then((it) =>
          it.validate({ ...common(options), strict: options.strict === true }, shell),
        ),
      ),
    );
  command(to, "compile", "print the target's own objects", ["target", "json"]).action((options: CommonOptions) =>
    done(import("../commands/compile.ts").then((it) => it.compileCommand(common(options), shell))),
  );
  command(to, "explain", "say whether an agent may reach a URL, by which rule and line", ["json"])
    .argument("<url>", "https://host/path, or host:port")
    .option("-a, --agent <name>", "whose rules; default: the only agent's")
    .option("-X, --method <method>", "the request's method", "GET")
    .option("--detailed-exitcode", "exit with 4 when it is denied")
    .action((url: string, options: ExplainOptions) =>
      done(
        import("../commands/explain.ts").then((it) =>
          it.explainCommand(
            {
              ...common(options),
              url,
              agent: options.agent ?? null,
              method: options.method,
              detailedExitcode: options.detailedExitcode === true,
            },
            shell,
          ),
        ),
      ),
    );
}

interface ExplainOptions extends CommonOptions {
  readonly agent?: string;
  readonly method: string;
  readonly detailedExitcode?: boolean;
}
