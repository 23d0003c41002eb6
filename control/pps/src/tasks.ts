/** Start, recover and stop are the same for every framework whose components are processes. */
import type { ChannelPath, Member, PpsDriver, Prepared, TaskHandle } from "@coven/contract";
import { end, isAlive, launch } from "./process.ts";

/** spec/channel.md, section 1. */
export function channelEnvironment(channel: ChannelPath): Record<string, string> {
  return {
    COVEN_CHANNEL: "/proc/self/fd/3",
    COVEN_SLOT: String(channel.slot),
    COVEN_BELLS: channel.bells,
    COVEN_AGENT: channel.agent,
    COVEN_NAME: channel.name,
    COVEN_OUTPUTS: channel.outputs.join(","),
    ...(channel.failures && { COVEN_FAILURES: channel.failures }),
    ...(channel.context && { COVEN_CONTEXT: channel.context.map(({ field, bits }) => `${field}:${bits}`).join(",") }),
  };
}

const start = (prepared: Prepared, channel: ChannelPath, leads: boolean): Promise<TaskHandle> =>
  launch({ ...prepared, env: { ...prepared.env, ...channelEnvironment(channel) }, log: channel.log, segment: channel.segment, leads });

export const processTasks = {
  start: (prepared: Prepared, channel: ChannelPath) => start(prepared, channel, false),
  recover: async (task: TaskHandle) => (isAlive(task) ? task : undefined),
  stop: end,
} satisfies Pick<PpsDriver, "start" | "recover" | "stop">;

/** Of programs that attach by libcoven, which makes them leaders of a process group. */
export const libcovenTasks = { ...processTasks, start: (prepared: Prepared, channel: ChannelPath) => start(prepared, channel, true) };

/** What a member's program is, and begins with. */
interface Program { entry: string; folder: string; environment: Record<string, string> }

/** A fused group (spec/channel.md, section 7): `command` is told of the programs, or finds them in COVEN_GROUP. The process itself has the
 * first one's environment and log; the others write to their own. */
export function startGroup(command: (programs: Program[]) => string[], members: readonly Member[]): Promise<TaskHandle> {
  const described = members.map(({ prepared, channel }) => ({
    entry: prepared.command.at(-1) ?? "", folder: prepared.cwd, environment: { ...prepared.env, ...channelEnvironment(channel), COVEN_LOG: channel.log },
  }));
  const [first] = members as [Member];
  const env = { ...first.prepared.env, ...channelEnvironment(first.channel), COVEN_GROUP: JSON.stringify(described) };
  return launch({ command: command(described), cwd: "/", env, log: first.channel.log, segment: first.channel.segment, leads: true });
}
