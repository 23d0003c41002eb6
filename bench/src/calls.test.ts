/** The fast path asks nothing of the kernel and of the allocator for a packet: counted, over ten times as many packets.
 *
 * What may grow is what happens once a wake-up. A process that has nothing to do yields twice, sleeps, and reads its bell; who wakes it
 * writes one. Where a source has packets without end, as here, a wake-up is for a burst of 32 or more: eight calls for each would be a
 * quarter of a call a packet. A call for each packet would be one. */
import { join } from "node:path";
import type { Framework } from "@coven/contract";
import { drivers, platformPaths } from "@coven/pps";
import { root } from "@coven/testbed";
import { afterEach, describe, expect, it } from "vitest";
import { counting, countingMissing, type Spent, type Window, windowOf } from "./calls.ts";
import { chainOf, Plane } from "./plane.ts";

const few = 20_000;
/** Calls and allocations that a request to the engine may take, and those of the agent's and the runtime's own threads now and then. */
const aRequest = 250;
const aWindow = 500;

const missing = countingMissing();
if (missing) console.log(`SKIP calls and allocations a packet: ${missing}`);

let plane: Plane | undefined;
afterEach(async () => {
  await plane?.remove();
  plane = undefined;
});

async function windows(framework: Framework, source: string): Promise<[Window, Window]> {
  const folder = join(root, "build/calls", source);
  plane = await Plane.open({ ...chainOf(framework, source, 1), cpus: { engine: 0, components: 1 }, environment: counting(folder) });
  await windowOf(plane, folder, few); // what is done once, is done
  const short = await windowOf(plane, folder, few);
  // Nobody stops it in time: ten times what has passed, not what was asked for.
  return [short, await windowOf(plane, folder, 10 * short.packets)];
}

/** Of one process in both windows: how many more in the longer one than its requests account for, and of what. */
function growth(which: number, of: (one: Spent) => number, [short, long]: [Window, Window]): number {
  const at = ({ spent }: Window) => of(spent[which] as Spent);
  return at(long) - at(short) - aRequest * Math.max(0, long.requests - short.requests);
}

const [engine, component] = [0, 1];

describe.runIf(!missing)("calls and allocations of", () => {
  // Of Java and JavaScript, what a runtime allocates is in its own heap: the calls alone tell.
  it.each([
    ["c", "count-c", true], ["rust", "count-rust", true], ["python", "count-python", false], ["typescript", "count-ts", undefined], ["java", "count-java", undefined],
  ] as const)("a burst in %s do not grow with its packets", async (framework, source, allocatesNothing) => {
    const { usable, reason } = await drivers(platformPaths(root))[framework].fingerprint();
    if (!usable) return console.log(`SKIP calls and allocations in ${framework}: ${reason}`);
    const both = await windows(framework, source);
    const packets = both[1].packets - both[0].packets;
    const shown = JSON.stringify(both);
    expect(growth(engine, (one) => one.calls, both), shown).toBeLessThan(packets / 4 + aWindow);
    expect(growth(component, (one) => one.calls, both), shown).toBeLessThan(packets / 4 + aWindow);
    expect(growth(engine, (one) => one.allocations, both), shown).toBeLessThan(aWindow);
    if (allocatesNothing) expect(both.map(({ spent }) => spent[component]?.allocations), shown).toEqual([0, 0]);
    if (allocatesNothing === false) expect(growth(component, (one) => one.kept, both), shown).toBeLessThan(aWindow);
  });

  it("a component that wastes are seen", async () => {
    const both = await windows("c", "waste-c");
    const packets = both[1].packets - both[0].packets;
    expect(growth(component, (one) => one.calls, both)).toBeGreaterThan(packets / 2);
    expect(growth(component, (one) => one.allocations, both)).toBeGreaterThan(packets / 2);
  });
});
