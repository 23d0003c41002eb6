/** The command line: commander over the table of commands. */
import { Command as Commander, CommanderError } from "commander";
import { type Command, commands, type Run } from "./commands.ts";
import { exit, type Failure, toFailure } from "./exit.ts";

const groups: Record<string, string> = { agent: "the extended agents of an instance's components", nsh: "the NSH of an instance: contexts, rules, roles" };

const collect = (value: string, before: string[] = []) => [...before, value];

function parentOf(program: Commander, words: string[]): Commander {
  const [group] = words;
  if (words.length < 2 || group === undefined) return program;
  return program.commands.find((each) => each.name() === group) ?? program.command(group).description(groups[group] ?? "");
}

function add(program: Commander, command: Command): void {
  const words = command.name.split(" ");
  const made = parentOf(program, words).command(`${words.at(-1)} ${command.takes ?? ""}`.trim()).description(command.summary);
  for (const [flags, description] of command.options ?? []) {
    const repeatable = command.repeatable?.some((name) => flags.startsWith(`--${name} `));
    if (repeatable) made.option(flags, description, collect);
    else made.option(flags, description);
  }
  made.option("--json", "print JSON").option("--folder <dir>", "the daemon's runtime folder (default: $COVEN_RUN)");
  if (command.passes) made.passThroughOptions().allowUnknownOption();
  made.action(async () => execute(command, made.processedArgs.flat().filter((arg) => arg !== undefined), made.opts()));
}

/** The first signal asks the command to end in order, the second ends it. */
function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exit.failed);
    controller.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return controller.signal;
}

async function execute(command: Command, args: string[], options: Record<string, never>): Promise<void> {
  const [{ Context }, { run }] = await Promise.all([import("./context.ts"), command.load()]);
  const context = new Context(options, onInterrupt());
  try {
    process.exitCode = (await (run as Run)(context, args, options)) ?? exit.done;
  } finally {
    await context.close();
  }
}

function programOf(): Commander {
  const program = new Commander("coven");
  program.description("runs virtualized network functions").version("0.1.0").enablePositionalOptions().showSuggestionAfterError().exitOverride();
  program.addHelpText("after", "\nExit codes: 0 done, 1 failed, 2 wrong use, 3 nothing to do it with (no daemon, nothing built).\nEnvironment: COVEN_RUN (runtime folder), COVEN_URL and COVEN_TOKEN (a daemon elsewhere), NO_COLOR.");
  for (const command of commands) add(program, command);
  return program;
}

function tell({ message, more, reason }: Failure, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ error: { reason, detail: message, additional: more } }, null, 2)}\n`);
  process.stderr.write(`coven: ${message}\n${more ? `${more.trimEnd()}\n` : ""}`);
}

export async function main(argv: string[]): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? exit.done : exit.failed));
  try {
    await programOf().parseAsync(argv, { from: "user" });
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      process.exitCode = thrown.exitCode === 0 ? exit.done : exit.wrongUse; // commander has said why
      return;
    }
    const failure = toFailure(thrown);
    tell(failure, argv.includes("--json"));
    process.exitCode = failure.code;
  }
}
