import type { Command } from "commander";
import { CoopError } from "../../diagnostics/coop-error.ts";
import { EXIT } from "../shell.ts";
import type { ExitCode, Shell } from "../shell.ts";

/** `coop completion SHELL`: made from the commands as they are declared, so that it cannot go stale. */
export async function completionCommand(name: string, program: Command, shell: Shell): Promise<ExitCode> {
  const script = SCRIPTS[name];
  if (script === undefined) {
    throw new CoopError("USAGE", `There is no completion for "${name}".`, {
      mend: `Choose one of: ${Object.keys(SCRIPTS).join(", ")}.`,
    });
  }
  shell.out(script(wordsOf(program)));
  return EXIT.done;
}

interface Words {
  readonly name: string;
  readonly description: string;
  readonly options: readonly string[];
  readonly subcommands: readonly string[];
}

function wordsOf(program: Command): readonly Words[] {
  const visible = program.createHelp().visibleCommands(program);
  return visible
    .filter((each) => each.name() !== "help")
    .map((each) => ({
      name: each.name(),
      description: each.description(),
      options: each.options.flatMap((option) =>
        option.long === undefined || option.long === null ? [] : [option.long],
      ),
      subcommands: each.commands.map((sub) => sub.name()),
    }));
}

const SCRIPTS: Readonly<Record<string, (words: readonly Words[]) => string>> = {
  bash: (words) => `_coop() {
  local word=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]}
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${words.map((each) => each.name).join(" ")}" -- "$word")); return; fi
  case $command in
${words.map((each) => `    ${each.name}) COMPREPLY=($(compgen -W "${[...each.subcommands, ...each.options].join(" ")}" -- "$word"));;`).join("\n")}
  esac
}
complete -o default -F _coop coop
`,
  zsh: (words) => `#compdef coop
_coop() {
  if (( CURRENT == 2 )); then
    local -a commands=(${words.map((each) => `'${each.name}:${quoted(each.description)}'`).join(" ")})
    _describe command commands
    return
  fi
  case $words[2] in
${words.map((each) => `    ${each.name}) compadd -- ${[...each.subcommands, ...each.options].join(" ")};;`).join("\n")}
  esac
  _files
}
compdef _coop coop
`,
  fish: (words) =>
    [
      ...words.map(
        (each) => `complete -c coop -n __fish_use_subcommand -f -a ${each.name} -d '${quoted(each.description)}'`,
      ),
      ...words.flatMap((each) =>
        each.options.map(
          (option) => `complete -c coop -n '__fish_seen_subcommand_from ${each.name}' -l ${option.slice(2)}`,
        ),
      ),
      "",
    ].join("\n"),
};

function quoted(text: string): string {
  return text.replaceAll("'", "").replaceAll(":", " ");
}
