/** Instances by name, id, or the beginning of an id. */
import type { Schemas } from "@coven/client";
import { closest } from "./closest.ts";
import type { Context } from "./context.ts";
import { exit, Failure } from "./exit.ts";

export type Instance = Schemas["Instance"];

/** As many letters as it takes to tell an id from a short word by chance. */
const prefixMin = 4;

export const allInstances = ({ client }: Context): Promise<Instance[]> => client.call(client.rest.GET("/coven/v1/instances"));

export function choose(instances: readonly Instance[], wanted: string): Instance {
  const exact = instances.find(({ name, id }) => name === wanted || id === wanted);
  if (exact) return exact;
  const starting = wanted.length < prefixMin ? [] : instances.filter(({ id }) => id.startsWith(wanted));
  if (starting.length === 1 && starting[0]) return starting[0];
  if (starting.length > 1) throw new Failure(exit.failed, `${wanted} begins the ids of ${starting.length} instances: ${starting.map(({ id, name }) => `${id} (${name})`).join(", ")}`);
  throw new Failure(exit.failed, `there is no instance ${wanted}${advice(instances, wanted)}`, { reason: "NOT_FOUND" });
}

function advice(instances: readonly Instance[], wanted: string): string {
  const names = instances.map(({ name }) => name);
  const near = closest(wanted, names);
  if (near) return `; did you mean ${near}?`;
  return names.length === 0 ? "; nothing is deployed" : `; there are: ${names.slice(0, 10).join(", ")}${names.length > 10 ? ", …" : ""}`;
}

export const findInstance = async (context: Context, wanted: string): Promise<Instance> => choose(await allInstances(context), wanted);

/** The instance named, or the only one if none is. */
export async function findOrOnly(context: Context, wanted: string | undefined): Promise<Instance> {
  const instances = await allInstances(context);
  if (wanted !== undefined) return choose(instances, wanted);
  if (instances.length === 1 && instances[0]) return instances[0];
  throw new Failure(instances.length === 0 ? exit.failed : exit.wrongUse, instances.length === 0 ? "nothing is deployed" : `say which: ${instances.map(({ name }) => name).join(", ")}`);
}
