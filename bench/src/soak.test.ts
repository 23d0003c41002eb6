/** The soak in short: that its accounts hold, that who is killed runs again, that nothing is left. It throws where something does not hold. */
import { isolated } from "@coven/testbed";
import { describe, expect, it } from "vitest";
import soak from "./soak.ts";

describe.runIf(isolated)("ten seconds at twice saturation", () => {
  it("lose no packet from the accounts and leave nothing", async () => {
    const rows = new Map((await soak.run({ seconds: 10 })).map((row) => [row.name, row]));
    expect(rows.get("forwarded")?.median).toBeGreaterThan(0);
    expect([rows.get("killed")?.median, rows.get("unaccounted")?.median, rows.get("left")?.median]).toEqual([2, 0, 0]);
    expect([...rows.keys()].filter((name) => name.startsWith("rss-"))).toEqual(["rss-covend", "rss-engine", "rss-analyzer", "rss-filter"]);
    expect(rows.get("forwarded")?.note).toMatch(/nsh_no_path [1-9]/);
  });
});
