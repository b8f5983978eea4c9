import type { Commands } from "./commands.ts";

type Undo = (commands: Commands) => Promise<void>;

/** What has to be taken away again, newest first, whatever happens in between. */
export class UndoList {
  readonly #undos: { readonly what: string; readonly undo: Undo }[] = [];
  readonly #commands: Commands;

  /** `commands` are such as no interrupt stops. */
  constructor(commands: Commands) {
    this.#commands = commands;
  }

  add(what: string, undo: Undo): void {
    this.#undos.push({ what, undo });
  }

  /** Forgets what is to stay, or is gone already. */
  drop(...names: readonly string[]): void {
    this.#undos.splice(0, this.#undos.length, ...this.#undos.filter(({ what }) => !names.includes(what)));
  }

  /** Returns what could not be taken away. */
  async run(): Promise<readonly string[]> {
    const failed: string[] = [];
    for (let next = this.#undos.pop(); next !== undefined; next = this.#undos.pop()) {
      try {
        await next.undo(this.#commands);
      } catch (error) {
        failed.push(`${next.what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return failed;
  }
}

/** Removes a container, also one that is not there. */
export function removeContainer(name: string): Undo {
  return remove(["rm", "-fv", name], "No such container");
}

/** Removes a network on which nobody is any more. */
export function removeNetwork(name: string): Undo {
  return remove(["network", "rm", name], "not found");
}

function remove(words: readonly string[], absent: string): Undo {
  return async (commands) => {
    const { exit, all } = await commands.docker(words, { quiet: true });
    if (exit !== 0 && !all.includes(absent)) throw new Error(all);
  };
}
