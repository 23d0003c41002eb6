/** The languages that components can be written in on this host. Why one is left out is printed. */
import { type Framework, languageFrameworks } from "@coven/contract";
import { drivers, platformPaths } from "@coven/pps";

export async function languages(): Promise<Framework[]> {
  const all = drivers(platformPaths());
  const usable: Framework[] = [];
  for (const name of languageFrameworks as readonly Framework[]) {
    const found = await all[name].fingerprint();
    if (found.usable) usable.push(name);
    else console.log(`SKIP language ${name}: ${found.reason}`);
  }
  return usable;
}
