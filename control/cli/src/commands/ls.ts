import { formatPortBinding } from "@coven/vns";
import type { Context } from "../context.ts";
import { allInstances, type Instance } from "../find.ts";
import { state, table } from "../text.ts";

const ports = (instance: Instance) => Object.entries(instance.ports).map(([point, binding]) => `${point}=${formatPortBinding(binding)}`).join(" ");

function row(instance: Instance): string[] {
  const up = instance.components.filter((component) => component.state === "running").length;
  const doing = instance.operation === null ? "" : ` (${instance.operation.toLowerCase()})`;
  return [instance.name, instance.id.slice(0, 8), `${instance.vnf.vnf} ${instance.vnf.version}`, `${state(instance.state)}${doing}`, `${up}/${instance.components.length}`, ports(instance)];
}

export async function run(context: Context): Promise<void> {
  const instances = await allInstances(context);
  context.print(instances, () => (instances.length === 0 ? "nothing is deployed" : table(["name", "id", "vnf", "state", ">components", "ports"], instances.map(row))));
}
