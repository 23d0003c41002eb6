/** Every command as data: help and parsing are made from this table, and a command's code is loaded only when it runs. */
import type { Context } from "./context.ts";

/** Arguments in their order, then options by name. The result is the exit code, 0 without one. */
export type Run = (context: Context, args: string[], options: Record<string, never>) => Promise<number | undefined>;

export interface Command {
  /** `up`, or `agent get`. */
  name: string;
  /** In commander's form: `<name> [component]`. */
  takes?: string;
  summary: string;
  options?: readonly (readonly [flags: string, description: string])[];
  /** These options may be given several times. */
  repeatable?: readonly string[];
  /** Options that it does not know go to the program that it starts. */
  passes?: true;
  load: () => Promise<{ run: unknown }>;
}

const instance = "<instance>";

const capture = [["--in <capture>", "pcap or pcapng file that it takes"], ["--out <capture>", "pcap file for what comes out"]] as const;

export const commands: readonly Command[] = [
  {
    name: "run",
    takes: "<file>",
    summary: "run one file of code (.ts, .js, .py, .c, .cpp, .java, .rs) on a capture: no daemon, no root, no package",
    options: [...capture, ["--context <hex>", "context bytes that every packet begins with"], ["--routine <name>", "run this function of the file, which needs no main then"]],
    load: () => import("./commands/run.ts"),
  },
  { name: "init", takes: "<name>", summary: "begin a VNF: package, code, test and README in a folder of that name", options: [["--lang <language>", "ts, js, python, c, cpp, java or rust (default: ts)"]], load: () => import("./commands/init.ts") },
  { name: "sdk", summary: "where the SDKs are, a folder a language: for Makefiles", load: () => import("./commands/sdk.ts") },
  {
    name: "dev",
    takes: "<package>",
    summary: "run a package on a capture, between two hosts or on interfaces, with its code as it is saved",
    options: [
      ...capture,
      ["--hosts", "between two hosts made of network namespaces"],
      ["--port <point=binding>", "bind another connection point, for example wan=pcap:replies.pcap or lan=af_packet:eth1 (repeatable)"],
      ["--set <path=value>", "change the descriptor, for example components.filter.framework=python (repeatable)"],
      ["--context <hex>", "context bytes that every packet begins with"],
      ["--once", "run once and end"],
    ],
    repeatable: ["port", "set"],
    load: () => import("./commands/dev.ts"),
  },
  {
    name: "up",
    summary: "start the daemon",
    options: [["--listen <address>", "besides the unix socket, listen here (default 127.0.0.1:8484; off: nowhere)"], ["--state <dir>", "where packages and logs are kept"], ["--foreground", "stay, and log to standard error"]],
    load: () => import("./commands/up.ts"),
  },
  { name: "down", summary: "stop the daemon; instances go on running", options: [["--all", "first terminate and delete every instance"]], load: () => import("./commands/down.ts") },
  {
    name: "deploy",
    takes: "<package>",
    summary: "deploy a VNF from a folder or a zip",
    options: [
      ["--name <name>", "the instance's name (default: the VNF's)"],
      ["--port <point=binding>", "bind a connection point, for example lan=af_packet:eth1 (repeatable)"],
      ["--set <path=value>", "change the descriptor, for example components.filter.framework=python (repeatable)"],
      ["--dry-run", "print the plan and touch nothing"],
      ["--no-start", "leave it stopped"],
    ],
    repeatable: ["port", "set"],
    load: () => import("./commands/deploy.ts"),
  },
  { name: "ls", summary: "list the instances", load: () => import("./commands/ls.ts") },
  { name: "show", takes: instance, summary: "show an instance in full", load: () => import("./commands/show.ts") },
  { name: "start", takes: instance, summary: "start a stopped instance", load: () => import("./commands/start.ts") },
  { name: "stop", takes: instance, summary: "stop a running instance", load: () => import("./commands/stop.ts") },
  { name: "rm", takes: "<instances...>", summary: "terminate and delete instances, and packages that nobody else uses", load: () => import("./commands/rm.ts") },
  {
    name: "status",
    takes: "[instance]",
    summary: "packets, drops, CPU and memory of each component",
    options: [["-w, --watch", "every second until interrupted"]],
    load: () => import("./commands/status.ts"),
  },
  { name: "check", takes: "[instance]", summary: "does every component move packets and answer? exit 1 if not", load: () => import("./commands/check.ts") },
  {
    name: "logs",
    takes: "<instance> [component]",
    summary: "what components wrote",
    options: [["-n, --lines <count>", "so many lines of each (default 50)"], ["-f, --follow", "go on until interrupted"]],
    load: () => import("./commands/logs.ts"),
  },
  { name: "agent list", takes: "<instance> [component]", summary: "what the extended agents publish", load: () => import("./commands/agent-list.ts") },
  { name: "agent get", takes: "<instance> <component> <item>", summary: "the value of an item", load: () => import("./commands/agent-get.ts") },
  { name: "agent set", takes: "<instance> <component> <item> <value>", summary: "change a setting", load: () => import("./commands/agent-set.ts") },
  { name: "agent call", takes: "<instance> <component> <item> [argument...]", summary: "run a command of a component", load: () => import("./commands/agent-call.ts") },
  {
    name: "nsh show",
    takes: instance,
    summary: "the contexts that packets carry now, by service path and flow",
    options: [["--flows <count>", "flows at most, the latest first (default 16)"], ["-w, --watch", "every second until interrupted"]],
    load: () => import("./commands/nsh-show.ts"),
  },
  {
    name: "nsh set",
    takes: "<instance> <path> [field=value...]",
    summary: "set fields of the context of a path's packets, whatever they come with; without fields: take it back",
    options: [["--flow <flow>", "of this flow alone, for example udp:10.0.0.1:4000>10.0.0.2:53"]],
    load: () => import("./commands/nsh-set.ts"),
  },
  {
    name: "nsh rules",
    takes: instance,
    summary: "rules of classifiers and forwarders; change them while packets flow",
    options: [
      ["--add <rule>", "for example path=web,protocol=tcp,destinationPort=443 (repeatable)"],
      ["--at <number>", "put what is added in front of this one (default: behind all)"],
      ["--change <number=rule>", "another rule in its place (repeatable)"],
      ["--remove <number>", "take a rule out (repeatable)"],
      ["--forward", "the table of forwarders, not that of classifiers"],
      ["--role <point=role>", "with it, another role of a connection point (repeatable)"],
    ],
    repeatable: ["add", "change", "remove", "role"],
    load: () => import("./commands/nsh-rules.ts"),
  },
  { name: "nsh role", takes: "<instance> <point=role...>", summary: "change the NSH role of connection points while packets flow", load: () => import("./commands/nsh-role.ts") },
  { name: "doctor", summary: "what this host can do, and what to do about what is missing", load: () => import("./commands/doctor.ts") },
  { name: "validate", takes: "<package>", summary: "check a package, without a daemon", load: () => import("./commands/validate.ts") },
  { name: "pack", takes: "<package>", summary: "check a package's folder and make its zip", options: [["-o, --output <file>", "the zip (default: NAME-VERSION.zip)"]], load: () => import("./commands/pack.ts") },
  { name: "demo", takes: "[arguments...]", summary: "run the demonstration; sfc: the one of a service function chain", passes: true, load: () => import("./commands/demo.ts") },
  { name: "bench", takes: "[arguments...]", summary: "run a benchmark by name", passes: true, load: () => import("./commands/bench.ts") },
];
