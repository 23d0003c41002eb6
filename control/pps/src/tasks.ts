/** Start, recover and stop are the same for every framework whose components are processes. */
import type { ChannelPath, PpsDriver, Prepared, TaskHandle } from "@coven/contract";
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
