/** What `coven init` makes, deployed by the platform as it is: in each language the same packets go on, aside and nowhere, and operators set the port. */
import { join } from "node:path";
import { archiveOf, Platform, readCapture } from "@coven/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { languages } from "./languages.ts";
import { coven } from "./support.ts";

const usable = await languages();

describe("a package that was begun with coven init", () => {
  const platform = new Platform();
  const file = (name: string) => join(platform.folder, name);
  beforeAll(() => platform.up());
  afterAll(() => platform.remove());

  it.each(usable)("%s: runs when it is deployed", async (language) => {
    const name = `new-${language}`;
    expect(await coven(platform, ["init", name, "--lang", language])).toMatchObject({ code: 0, stderr: "" });
    const sample = readCapture(file(`${name}/sample.pcap`));
    const out = (point: string) => ({ backend: "pcap" as const, out: file(`${name}-${point}.pcap`) });
    const { instance } = await platform.deploy(await archiveOf(file(name), ["components.filter.settings.port=443"]), name, { lan: { backend: "pcap", in: file(`${name}/sample.pcap`) }, wan: out("wan"), watch: out("watch") });
    const { dropped } = await platform.replayed(instance, "lan", 30_000);
    const items = (await platform.agents(instance)).find(({ component }) => component === "filter")?.items ?? [];
    await platform.undeploy(instance);
    const left = (point: string) => readCapture(file(`${name}-${point}.pcap`)).map(({ bytes }) => bytes);
    expect([dropped, left("wan"), left("watch")]).toEqual([{ component: 1 }, [0, 1, 2, 3, 4, 6].map((n) => sample[n]?.bytes), [sample[5]?.bytes]]);
    expect(items).toEqual(expect.arrayContaining([expect.objectContaining({ name: "dropped", value: 1, unit: "packets" }), expect.objectContaining({ name: "port", value: 443 }), expect.objectContaining({ name: "knocks_flows", value: 1 })]));
  });
});
