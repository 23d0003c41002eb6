import type { Schemas } from "@coven/client";
import type { Context } from "../context.ts";
import { exit } from "../exit.ts";
import { allInstances, findInstance, type Instance } from "../find.ts";
import { state, table } from "../text.ts";

type Health = Schemas["Health"];
interface Checked { instance: Instance; health: Health }

function rows({ instance, health }: Checked): string[][] {
  const { engine } = health;
  const mark = (good: boolean) => state(good ? "ok" : "fail");
  const first = [instance.name, "engine", mark(engine.alive), engine.problem ?? `traffic ${engine.traffic}`];
  return [first, ...health.components.map((each) => [instance.name, each.name, mark(each.alive && each.answers), each.problem ?? `${each.state}, ${each.packets_in} packets`])];
}

export async function run(context: Context, [name]: string[]): Promise<number> {
  const { client } = context;
  const instances = name === undefined ? await allInstances(context) : [await findInstance(context, name)];
  const checked: Checked[] = [];
  for (const instance of instances) {
    checked.push({ instance, health: await client.call(client.rest.GET("/coven/v1/instances/{id}/health", { params: { path: { id: instance.id } } })) });
  }
  const json = checked.map(({ instance, health }) => ({ id: instance.id, name: instance.name, ...health }));
  context.print(name === undefined ? json : json[0], () => (checked.length === 0 ? "nothing is deployed" : table(["instance", "part", "", ""], checked.flatMap(rows))));
  return checked.every(({ health }) => health.healthy) ? exit.done : exit.failed;
}
