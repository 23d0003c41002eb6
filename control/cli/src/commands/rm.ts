import type { Context } from "../context.ts";
import { allInstances, choose } from "../find.ts";
import { remove } from "../operation.ts";

/** All names are looked up before anything is removed. */
export async function run(context: Context, names: string[]): Promise<void> {
  const instances = await allInstances(context);
  const chosen = [...new Set(names.map((name) => choose(instances, name)))];
  for (const { id, name } of chosen) {
    await remove(context, id);
    context.say(`${name} is removed`);
  }
  context.print(chosen.map(({ id, name }) => ({ id, name })), () => "");
}
