/** From the command line to a running daemon, and from a signal to its end. */
import { parseArguments, usage, WrongUse } from "./arguments.ts";
import { type Manage, runDaemon } from "./run.ts";

function fail(error: unknown): never {
  const { message, stack } = error as Error;
  process.stderr.write(`covend: ${process.env.COVEN_TRACE ? stack : message}\n`);
  process.exit(error instanceof WrongUse ? 2 : 1);
}

export async function main(argv: string[], manage: Manage): Promise<void> {
  try {
    const args = parseArguments(argv);
    if (!args) return void process.stdout.write(usage);
    const daemon = await runDaemon(args, manage);
    let ending = false;
    const end = () => {
      if (ending) process.exit(1);
      ending = true;
      daemon.close().then(() => process.exit(0), fail);
    };
    process.on("SIGTERM", end).on("SIGINT", end);
    process.on("SIGHUP", () => undefined); // a terminal that closes is no reason
  } catch (error) {
    fail(error);
  }
}
