import { formatPortBinding } from "@coven/vns";
import type { Context } from "../context.ts";
import { findInstance, type Instance } from "../find.ts";
import { fields, state, table } from "../text.ts";

const pidOf = (pid: number | null) => (pid === null ? "-" : String(pid));

function text(instance: Instance): string {
  const { vnf } = instance;
  const head = fields([
    ["name", instance.name],
    ["id", instance.id],
    ["vnf", `${vnf.vnf} ${vnf.version}`],
    ["description", instance.description || vnf.description],
    ["state", state(instance.state)],
    ["operation", instance.operation ?? undefined],
    ["created", instance.created],
    ["package", instance.packageId],
    ["folder", instance.folder],
    ["engine", instance.enginePid === null ? undefined : `pid ${instance.enginePid}`],
    ["cpu", instance.cpu === undefined ? undefined : `${instance.cpu}, with all components`],
  ]);
  const ports = Object.keys(vnf.connectionPoints).map((point) => [point, instance.ports[point] ? formatPortBinding(instance.ports[point]) : "-", vnf.connectionPoints[point]?.nsh ?? "none"]);
  const components = instance.components.map((each) => [each.name, each.framework, state(each.state), pidOf(each.pid), String(each.restarts), each.lastExit ?? ""]);
  const paths = Object.entries(vnf.paths).map(([name, path]) => [name, path]);
  const parts = [head, table(["port", "bound to", "nsh"], ports), table(["path", ""], paths)];
  if (components.length > 0) parts.push(table(["component", "framework", "state", ">pid", ">restarts", "last exit"], components));
  return parts.join("\n\n");
}

export async function run(context: Context, [name = ""]: string[]): Promise<void> {
  const instance = await findInstance(context, name);
  context.print(instance, () => text(instance));
}
