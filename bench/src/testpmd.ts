/** DPDK's testpmd as a peer: without huge pages and without a NIC, spoken to at its prompt. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

const program = "dpdk-testpmd";
const prompt = "testpmd> ";

/** Why it can't be used, or nothing. */
export const testpmdMissing = (): string | undefined => (spawnSync("sh", ["-c", `command -v ${program}`]).status === 0 ? undefined : `${program} is not installed (Debian: dpdk-dev)`);

export interface TestpmdSpec {
  /** Distinguishes several at a time. */
  name: string;
  /** CPU of the thread that forwards; the prompt's thread is on the other. */
  cpu: number;
  vdevs: string[];
  topology: "loop" | "paired";
  /** Words in front of the command. */
  prefix?: string[];
}

export class Testpmd {
  readonly #process: ChildProcess;
  #output = "";
  #heard: () => void = () => {};

  private constructor(spec: TestpmdSpec) {
    const vdevs = spec.vdevs.flatMap((vdev) => ["--vdev", vdev]);
    const lcores = `0@${1 - spec.cpu},1@${spec.cpu}`;
    const words = ["--no-huge", "-m", "96", "--no-pci", "--file-prefix", `coven-${process.pid}-${spec.name}`, "--lcores", lcores, ...vdevs,
      "--", "--no-mlockall", "--total-num-mbufs=16384", "--forward-mode=io", `--port-topology=${spec.topology}`, "--interactive"];
    // Its answers shall come before the next prompt: into a pipe they would wait for a full buffer.
    const [first = program, ...rest] = [...(spec.prefix ?? []), "stdbuf", "-oL", program, ...words];
    this.#process = spawn(first, rest, { stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on("data", (part: Buffer) => {
        this.#output = (this.#output + part.toString()).slice(-65_536);
        this.#heard();
      });
    this.#process.on("exit", () => this.#heard());
  }

  static async open(spec: TestpmdSpec): Promise<Testpmd> {
    const one = new Testpmd(spec);
    await one.#prompted();
    return one;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** One command; what it printed. */
  async say(command: string): Promise<string> {
    this.#output = "";
    this.#process.stdin?.write(`${command}\n`);
    return this.#prompted();
  }

  /** Packets that all its ports have received since it started. */
  async received(): Promise<number> {
    const text = await this.say("show port stats all");
    return [...text.matchAll(/RX-packets: (\d+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
  }

  async remove(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.stdin?.end("quit\n");
    const late = setTimeout(() => this.#process.kill("SIGKILL"), 5000);
    await gone;
    clearTimeout(late);
  }

  async #prompted(): Promise<string> {
    const end = Date.now() + 20_000;
    while (!this.#output.trimEnd().endsWith(prompt.trimEnd())) {
      if (this.#process.exitCode !== null || Date.now() > end) throw new Error(`testpmd does not answer: ${this.#output.slice(-1500)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#heard = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#output;
  }
}
