import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CovenError } from "@coven/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findSource, parseVnf, setOverrides, validateVnf } from "./index.ts";

const firewall = `vnf: l7-firewall                   # a name
version: 1.0.0
connectionPoints:
  lan: { nsh: proxy }
  wan: { nsh: proxy, port: { backend: af_packet, interface: eth1 } }
components:
  # looks into payloads
  analyzer:
    framework: python
    source: analyzer/
    onCrash: bypass     # traffic first
    outputs: [suspicious]
    context: skype-mark
    settings: { udp: false }
  filter:
    framework: c        # change this one word
  logger: { framework: mock }
paths:
  up:   lan -> analyzer -> filter -> wan
  down: wan -> analyzer -> filter -> lan
  aside: analyzer.suspicious -> logger -> filter
nsh:
  contexts: { skype-mark: [ { field: mark, bits: 8 }, { field: reserved, bits: 120 } ] }
  paths: { up: { spi: 10, si: 255 }, down: { spi: 11 } }
profile: balanced
`;

/** Every line that is said about a text, the first first. */
function said(judge: () => unknown): string[] {
  try {
    judge();
  } catch (error) {
    if (error instanceof CovenError) return [error.message, ...(error.detail?.split("\n") ?? [])];
    throw error;
  }
  return [];
}
const parsed = (text: string) => said(() => parseVnf(text, "vnf.yaml"));
const change = (from: string | RegExp, to: string, text = firewall) => {
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  return changed;
};
const judged = (text: string, folder?: string) =>
  said(() => {
    const { vnf, positions } = parseVnf(text, "vnf.yaml");
    validateVnf(vnf, positions, folder === undefined ? {} : { folder });
  });

describe("parseVnf", () => {
  it("reads the descriptor of the guide", () => {
    const { vnf, positions } = parseVnf(firewall, "p/vnf.yaml");
    expect(vnf.components?.filter).toEqual({ framework: "c" });
    expect(positions.at(["components", "filter", "framework"])).toEqual({ file: "p/vnf.yaml", line: 16, column: 16 });
    expect(positions.at(["paths", "up"], 7)).toEqual({ file: "p/vnf.yaml", line: 19, column: 16 });
  });

  it.each([
    ["a: [1", "vnf.yaml:1:6: Flow sequence in block collection must be sufficiently indented and end with a ]"],
    ["vnf: x\nvnf: y", "vnf.yaml:2:1: the key vnf is there twice"],
    ["a: *b", "vnf.yaml:1:4: *b has no anchor &b before it"],
    ["a: !!js/function x", "vnf.yaml:1:4: Unresolved tag: tag:yaml.org,2002:js/function"],
    ["---\na: 1\n---\nb: 1", "vnf.yaml:3:1: a second document begins here; there may be one"],
    ["? [a]\n: b", "vnf.yaml:1:3: With stringKeys, all keys must be strings"],
  ])("finds the syntax error of %j", (text, expected) => expect(parsed(text)[0]).toBe(expected));

  it("does not unfold bombs, and takes honest aliases", () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]", ..."bcdefghij".split("").map((name, i) => `${name}: &${name} [${new Array(10).fill(`*${"abcdefghi"[i]}`).join(",")}]`)].join("\n");
    expect(parsed(bomb)).toEqual(["vnf.yaml:1:1: Excessive alias count indicates a resource exhaustion attack"]);
    expect(parsed(`a: &a 1\nb: [${"*a,".repeat(101)}]`)).toEqual(["vnf.yaml:2:305: there are more than 100 aliases"]);
    const shared = "vnf: x\nversion: a\nconnectionPoints: { lan: &point { nsh: proxy }, wan: *point }\npaths: { up: lan -> wan }\n";
    expect(parseVnf(shared, "v").vnf.connectionPoints.wan).toEqual({ nsh: "proxy" });
    expect(parsed(`# ${"x".repeat(70_000)}`)).toEqual(["more than 64 KiB of vnf.yaml"]);
  });

  it.each([
    ["lists", `a: ${"[".repeat(60_000)}`, "1:36"],
    ["maps", `a: ${"{a: ".repeat(15_000)}`, "1:132"],
    ["lists that comments seem to close", "a: [ # ]\n [ # ]\n".repeat(3000), "33:4"],
    ["blocks", Array.from({ length: 300 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"), "129:130"],
    ["dashes", "- ".repeat(30_000), "1:131"],
    ["question marks", "? ".repeat(30_000), "1:131"],
  ])("does not follow nested %s for ever", (_, text, where) => expect(parsed(text)).toEqual([`vnf.yaml:${where}: this is nested too deep`]));

  it("takes brackets in text for text", () => {
    const text = "[".repeat(100);
    expect(parseVnf(change("version: 1.0.0", `version: 1.0.0 # ${text}\ndescription: "${text}"\nprovider: x${text}`), "v").vnf).toMatchObject({ description: text, provider: `x${text}` });
  });

  it.each([
    ["onCrash: bypass", "onCrash: bypas", "11:14: components.analyzer.onCrash must be one of bypass, drop, hold"],
    ["onCrash:", "oncrash:", "11:5: components.analyzer.oncrash is not known; did you mean onCrash?"],
    ["onCrash: bypass", "colour: red", "11:5: components.analyzer.colour is not known; known are framework, source, entry, routine, artifact, onCrash, onFull, outputs, context, metadata, creates, build, setup, command, tap, role, sockets, replicas, placement, settings"],
    ["onCrash: bypass", "placement: { fuse: One }", "11:24: components.analyzer.placement.fuse is not a name"],
    ["onCrash: bypass", "placement: { fused: one }", "11:18: components.analyzer.placement.fused is not known; did you mean fuse?"],
    ["framework: python", "entry: main.py", "8:3: components.analyzer.framework is missing"],
    ["version: 1.0.0", "version: 1.0", "2:10: version must be text; put it in quotes"],
    ["  filter:\n", "  Filter:\n", "15:3: components.Filter is not a name: lower-case letters, digits and hyphens, a letter first, at most 63"],
    ["  lan: { nsh: proxy }", "  lan:", "4:7: connectionPoints.lan must be a map of keys; write {} if there are none"],
    ["nsh: proxy, port", "nsh: awre, port", "5:15: connectionPoints.wan.nsh must be one of none, proxy"],
    ["backend: af_packet", "backend: dpdk", "5:39: connectionPoints.wan.port.backend must be one of af_packet, af_xdp, pcap, loopback, generate"],
    [", interface: eth1", "", "5:22: connectionPoints.wan.port.interface is missing"],
    ["interface: eth1", "interface: eth1, in: a.pcap", "5:67: connectionPoints.wan.port.in is not known; known are backend, interface, record, faults"],
    ["[suspicious]", "[suspicious, suspicious]", "12:5: components.analyzer.outputs has the same entry twice"],
    ["[suspicious]", "suspicious", "12:14: components.analyzer.outputs must be a list"],
    ["[suspicious]", "[A b]", "12:15: components.analyzer.outputs.0 is not a name"],
    ["udp: false", "udp: [1]", "14:17: components.analyzer.settings.udp must be one of a number, a text, true or false"],
    ["bits: 8", "bits: 800", "23:50: nsh.contexts.skype-mark.0.bits may be at most 128"],
    ["spi: 10,", "spi: 1.5,", "24:23: nsh.paths.up.spi must be a whole number"],
    ["si: 255", "si: 0", "24:31: nsh.paths.up.si must be at least 1"],
    ["profile: balanced", "profile: fast", "25:10: profile must be one of latency, balanced, power"],
  ])("says what is wrong: %s -> %s", (from, to, expected) => {
    const [first] = parsed(change(from, to));
    expect(first).toContain(`vnf.yaml:${expected}`);
  });

  it("says everything at once, in the order of the file", () => {
    expect(parsed("version: 1\nprofile: fast\npaths: {}\n")).toEqual([
      "vnf.yaml:1:1: vnf is missing",
      "vnf.yaml:1:1: connectionPoints is missing",
      "vnf.yaml:1:10: version must be text; put it in quotes",
      "vnf.yaml:2:10: profile must be one of latency, balanced, power",
      "vnf.yaml:3:1: paths must have at least one entry",
    ]);
    expect(parsed("")).toEqual(["vnf.yaml:1:1: the descriptor must be a map of keys; write {} if there are none"]);
  });

  it("takes artifacts for one architecture", () => {
    expect(parsed(change("framework: c  ", "framework: c\n    artifact: { x86_64: bin/filter } "))).toEqual([]);
    expect(parsed(change("framework: c  ", "framework: c\n    artifact: { x86-64: bin/filter } "))[0]).toContain("did you mean x86_64?");
  });
});

describe("validateVnf", () => {
  it("takes the descriptor of the guide", () => expect(judged(firewall)).toEqual([]));

  it.each([
    ["framework: python", "framework: pyhton", "9:16: component analyzer asks for framework pyhton; known are python, c, cpp, typescript, javascript, java, rust, netdev, click, memif, mock"],
    ["version: 1.0.0", "version: 1.0.0\nthreads: 2\nplacement: { cpu: together }", "4:19: placement.cpu: together keeps all on one CPU, but threads: 2 are for a CPU each: leave one of them out"],
    ["version: 1.0.0", "version: 1.0.0\nplacement: { cpu: apart }", "3:19: placement.cpu must be one of any, together, a whole number"],
    ["onCrash: bypass", "placement: { fuse: one }", "11:24: component analyzer can't be fused: no other component names the group one"],
    ["wan -> analyzer -> filter -> lan", "wan -> analyser -> filter -> lan", "20:16: path down names analyser, which is neither a connection point nor a component"],
    ["-> logger -> filter", "-> logger -> logger -> filter", "21:43: path aside comes to logger twice: a path has no cycles"],
    ["  aside: analyzer.suspicious -> logger -> filter\n", "", "12:15: output suspicious of component analyzer leads nowhere"],
    ["-> logger -> filter", "-> filter", "17:3: component logger stands in no path"],
    ["context: skype-mark", "context: skype", "13:14: context layout skype is not described under nsh.contexts"],
    ["bits: 120", "bits: 12", "23:15: the fields of context layout skype-mark make 20 bits; an MD type 1 context has 128"],
    ["field: reserved", "field: mark", "23:64: context layout skype-mark has two fields mark"],
    ["spi: 11", "spi: 11, context: raw", "24:64: context layout raw is not described under nsh.contexts"],
    ["spi: 11", "spi: 11, context: opaque", "13:14: path down mixes the context layouts opaque and skype-mark"],
    ["spi: 10,", "spi: 10, context: other,", "13:14: path up mixes the context layouts other and skype-mark", "{ skype-mark:", "{ other: [ { field: all, bits: 128 } ], skype-mark:"],
    ["context: skype-mark", "context: skype-mark\n    metadata: false", "13:14: component analyzer names a context layout, but has metadata: false, so it is given no context"],
    ["spi: 11", "spi: 10", "24:51: paths up and down have the same SPI, 10"],
    ["down: { spi", "dawn: { spi", "24:38: path dawn: nsh.paths describes it, but there is no such path"],
    ["  logger:", "  lan: { framework: mock }\n  logger:", "17:3: component lan has the name of a connection point; a path could mean either"],
    ["  aside:", "  late: lan -> wan\n  later: lan -> filter -> wan\n  aside:", "22:10: no packet can take path later: path late takes what comes in at lan; give it an SPI under nsh.paths"],
  ])("%j -> %j", (from, to, expected, ...more) => {
    const [from2, to2] = more;
    const changed = change(from, to);
    expect(judged(from2 === undefined || to2 === undefined ? changed : change(from2, to2, changed))).toContain(`vnf.yaml:${expected}`);
  });

  it.each([
    ["framework: netdev, setup: [nft]", undefined],
    ["framework: netdev", "framework netdev needs a command (a program that stays), a setup (one that ends), or both"],
    ["framework: netdev, command: [x], outputs: [in]", "output in can't be an interface: at most 15 characters, and neither in nor lo"],
    ["framework: click, tap: true", "tap is for framework netdev"],
    ["framework: mock, command: [x]", "command is for framework netdev"],
  ])("%s: %s", (component, expected) => {
    const { vnf, positions } = parseVnf(`vnf: one\nversion: 1.0.0\nconnectionPoints: { lan: {}, wan: {} }\ncomponents:\n  x: { ${component} }\npaths: { up: lan -> x -> wan, aside: x.in -> wan }\n`.replace(component.includes("outputs") ? "" : ", aside: x.in -> wan", ""));
    const all = said(() => validateVnf(vnf, positions));
    if (expected === undefined) expect(all).toEqual([]);
    else expect(all.join("\n")).toContain(expected);
  });

  it("knows drivers from outside", () => {
    const { vnf, positions } = parseVnf(change("framework: c  ", "framework: perl  "), "v");
    expect(said(() => validateVnf(vnf, positions))[0]).toContain("framework perl");
    expect(said(() => validateVnf(vnf, positions, { frameworks: ["python", "perl", "mock"] }))).toEqual([]);
  });
});

describe("the sources of a package", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "coven-source-"));
    for (const file of ["analyzer/main.py", "filter-c/filter.c", "filter/old.c", "bin/filter"]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), "");
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("are found by name and framework, else by name", () => {
    expect(judged(firewall, folder)).toEqual([]);
    expect(findSource("filter", { framework: "c" }, folder)).toBe(join(folder, "filter-c"));
    expect(findSource("filter", { framework: "python" }, folder)).toBe(join(folder, "filter"));
    expect(findSource("filter", { framework: "c", source: ".." }, folder)).toBeUndefined();
  });

  it.each([
    ["source: analyzer/", "source: analyser/", "10:13: component analyzer has no source at analyser/"],
    ["source: analyzer/", "source: ../analyzer", "10:13: component analyzer has no source at ../analyzer/"],
    ["source: analyzer/", "source: /etc", "10:13: component analyzer has no source at /etc/"],
    ["source: analyzer/", "source: analyzer\n    entry: start.py", "10:13: component analyzer has no source at analyzer/start.py"],
    ["source: analyzer/", "source: analyzer/main.py", "10:13: component analyzer has no source at analyzer/main.py/"],
    ["framework: c  ", "framework: c\n    artifact: { x86_64: bin/filter, aarch64: bin/arm } ", "17:5: component filter has no source at bin/arm"],
  ])("%j -> %j", (from, to, expected) => expect(judged(change(from, to), folder)).toEqual([`vnf.yaml:${expected}`]));

  it("may lack where nothing is compiled", () => {
    expect(judged(change("logger: { framework: mock }", "logger: { framework: typescript }"), folder)).toEqual(["vnf.yaml:17:3: component logger has no source at logger-typescript/ or logger/"]);
    expect(judged(change("framework: c  ", "framework: c\n    artifact: { x86_64: bin/filter } "), folder)).toEqual([]);
  });
});

describe("setOverrides", () => {
  it("changes the value and nothing else", () => {
    const changed = setOverrides(firewall, ["components.filter.framework=python"]);
    expect(changed).toContain("framework: python # change this one word");
    for (const comment of ["# a name", "# looks into payloads", "# traffic first"]) expect(changed).toContain(comment);
    const { vnf } = parseVnf(firewall, "v");
    expect(parseVnf(changed, "v").vnf).toEqual({ ...vnf, components: { ...vnf.components, filter: { framework: "python" } } });
  });

  it.each([
    ["components.filter.onCrash=drop", (vnf: ReturnType<typeof parseVnf>["vnf"]) => vnf.components?.filter?.onCrash, "drop"],
    ["components.analyzer.settings.udp=true", (vnf) => vnf.components?.analyzer?.settings?.udp, true],
    ["components.analyzer.settings.new=1.5", (vnf) => vnf.components?.analyzer?.settings?.new, 1.5],
    ["components.filter.settings.a=x=y", (vnf) => vnf.components?.filter?.settings?.a, "x=y"],
    ["components.analyzer.outputs.0=odd", (vnf) => vnf.components?.analyzer?.outputs, ["odd"]],
    ["connectionPoints.lan.port.backend=loopback", (vnf) => vnf.connectionPoints.lan?.port, { backend: "loopback" }],
    ["connectionPoints.lan.port={ backend: pcap, in: a.pcap }", (vnf) => vnf.connectionPoints.lan?.port, { backend: "pcap", in: "a.pcap" }],
    ["paths.side=lan -> wan", (vnf) => vnf.paths.side, "lan -> wan"],
    ["nsh.oam=forward", (vnf) => vnf.nsh?.oam, "forward"],
    ["version='2'", (vnf) => vnf.version, "2"],
  ] as [string, (vnf: ReturnType<typeof parseVnf>["vnf"]) => unknown, unknown][])("%s", (override, read, expected) => {
    expect(read(parseVnf(setOverrides(firewall, [override]), "v").vnf)).toEqual(expected);
  });

  it.each([
    ["components.filter", "cannot set components.filter: the form is KEY.KEY=VALUE, as in components.filter.framework=python"],
    ["=x", "cannot set =x: the form is KEY.KEY=VALUE"],
    ["component.filter.framework=c", "cannot set component.filter.framework: the descriptor has no component; did you mean components?"],
    ["components.fliter.framework=c", "cannot set components.fliter.framework: components has no fliter; did you mean filter?"],
    ["components.parser.framework=c", "components has no parser; it has analyzer, filter, logger"],
    ["components.filter.frame=c", "components.filter has no frame; it has framework, source,"],
    ["components.filter.framework.x=c", "components.filter.framework has no keys"],
    ["components.analyzer.outputs.7.x=c", "components.analyzer.outputs.7 has no keys"],
    ["components..x=c", "components has no key without a name"],
    ["vnf=[a", "cannot set vnf: [a is not YAML"],
  ])("%s is refused", (override, message) => expect(said(() => setOverrides(firewall, [override]))[0]).toContain(message));

  it("leaves what is wrong with the result to parseVnf", () => {
    expect(parsed(setOverrides(firewall, ["components.filter.onCrash=explode"]))[0]).toContain("components.filter.onCrash must be one of bypass, drop, hold");
    expect(said(() => setOverrides("connectionPoints:\n  lan:\n", ["connectionPoints.lan.nsh=proxy"]))).toEqual(["cannot set connectionPoints.lan.nsh: a part of it is empty or an alias in the descriptor; write it out there first"]);
  });
});
