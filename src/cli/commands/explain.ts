import { POLICY } from "../../../compilers/container/plumbing.ts";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import type { SourceSpan } from "../../diagnostics/source-span.ts";
import type { Ask } from "../../gateway/decide.ts";
import { askOfUrl, explain } from "../../gateway/explain.ts";
import { compileOffline } from "../compile-offline.ts";
import type { LoadedProject } from "../../config/load.ts";
import { openFile } from "../open-project.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";

export interface ExplainArguments {
  readonly file: string | null;
  readonly json: boolean;
  readonly url: string;
  readonly agent: string | null;
  readonly method: string;
  readonly detailedExitcode: boolean;
}

/** `coop explain URL --agent A`: the gateway's own decision on this file, with the rule and the line. Needs no engine. */
export async function explainCommand(args: ExplainArguments, shell: Shell): Promise<ExitCode> {
  const opened = openFile(args.file, shell);
  if ("exit" in opened) return opened.exit;
  const { project } = opened;
  const agent = agentName(project, args.agent);
  const graph = await compileOffline(project, shell);
  const found = graph.resources.find((each) => each.id === POLICY);
  const policy = found?.kind === "policy" ? found.spec.policy : null;
  const ask = parseAsk(args.url, args.method, `agent/${agent}/0`);
  const verdict = explain(policy, ask);
  const where = originOf(project, agent, verdict.rule);
  const asked = ask.scheme === "tcp" ? `connect to ${ask.host}:${ask.port}` : `${args.method} ${args.url}`;
  const credential = verdict.verdict === "allow" ? (verdict.credential?.name ?? null) : null;
  if (args.json) {
    const rule = { name: verdict.rule, origin: where };
    const because = verdict.verdict === "deny" ? { code: verdict.code, fix: verdict.fix } : { code: null, fix: null };
    shell.out(
      `${JSON.stringify({ version: 1, agent, url: args.url, method: args.method, verdict: verdict.verdict, rule, credential, ...because }, null, 2)}\n`,
    );
  } else if (verdict.verdict === "allow") {
    const given = credential === null ? "" : `\n  the gateway puts the credential "${credential}" into it`;
    shell.out(`allowed: ${agent} may ${asked}\n  by ${ruleText(verdict.rule, where)}${given}\n`);
  } else {
    const none = policy === null || Object.keys(policy.subjects).length === 0;
    const fix = none
      ? `Nothing is allowed to ${agent}: add a rule to egress.rules and its name to the agent's egress.`
      : verdict.fix;
    shell.out(
      `denied: ${agent} may not ${asked}\n  ${verdict.code}${verdict.rule === null ? "" : `, nearest: ${ruleText(verdict.rule, where)}`}\n  = ${fix}\n`,
    );
  }
  return args.detailedExitcode && verdict.verdict === "deny" ? EXIT.refusedByPolicy : EXIT.done;
}

function agentName(project: LoadedProject, wanted: string | null): string {
  const names = project.model.agents.map((each) => each.name);
  const [only] = names;
  if (wanted === null && only !== undefined && names.length === 1) return only;
  if (wanted === null)
    throw new CoopError("USAGE", `Which agent? There are ${names.join(", ")}.`, { mend: "Add --agent NAME." });
  if (names.includes(wanted)) return wanted;
  const near = nearest(wanted, names);
  throw new CoopError("NOT_FOUND", `There is no agent "${wanted}" in ${project.file}.`, {
    mend: near === null ? `There are ${names.join(", ")}.` : `Did you mean ${near}?`,
  });
}

function parseAsk(text: string, method: string, identity: string): Ask {
  const ask = askOfUrl(text, method, identity);
  if (ask !== null) return ask;
  throw new CoopError("USAGE", `"${text}" is neither a URL nor host:port.`, {
    mend: "For example: coop explain https://api.example.com/v1/things",
  });
}

function originOf(project: LoadedProject, agent: string, rule: string | null): string | null {
  const { model } = project;
  const declared = model.agents.find((each) => each.name === agent);
  const span: SourceSpan | undefined =
    model.egress.rules.find((each) => each.name === rule)?.origin ??
    (rule === "open" || rule === "route" ? declared?.origin : undefined);
  return span === undefined ? null : `${span.file}:${span.start.line}`;
}

function ruleText(rule: string | null, where: string | null): string {
  const at = where === null ? "" : ` (${where})`;
  if (rule === "route") return `the services and host ports of the agent${at}`;
  return rule === "open" ? `egress: open${at}` : `the rule "${rule ?? ""}"${at}`;
}
