/** Style as a test: sizes, the direction of imports, left-over marks, paths of somebody's machine. STYLE.md says why. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");
const sources = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.(ts|rs|c|h|cc|hpp|java|py|js|sh)$/.test(file) && existsSync(join(root, file)))
  .filter((file) => !/(^|\/)generated[./]|(^|\/)_?layout\.(rs|h|py)$|\/Layout\.java$/.test(file));
const isTest = (file: string) => /(^|\/)(test|tests|testing)\/|\.test\.|conformance|test_/.test(file);
const text = (file: string) => readFileSync(join(root, file), "utf8");
const lines = (file: string) => text(file).split("\n").length;

describe("sizes", () => {
  it("no file is over 400 lines", () => {
    expect(sources.filter((file) => lines(file) > 400).map((file) => `${file}: ${lines(file)}`)).toEqual([]);
  });
  it("at most 2 % of the files that are no tests are over 300 lines", () => {
    const long = sources.filter((file) => !isTest(file) && lines(file) > 300);
    expect(long.length, long.join(", ")).toBeLessThanOrEqual(Math.ceil(sources.length * 0.02));
  });
  it("README.md has at most 80 lines", () => {
    expect(lines("README.md")).toBeLessThanOrEqual(81);
  });
});

/** Who may import whom, in the control plane: a package and what stands to the left of it. */
const allowed: Record<string, readonly string[]> = {
  contract: [],
  vns: ["contract"],
  nshp: ["contract"],
  itf: ["contract", "vns", "nshp"],
  package: ["contract", "vns", "nshp", "itf"],
  pps: ["contract"],
  ea: ["contract"],
  engine: ["contract", "sdk"],
  ma: ["contract", "package", "vns", "itf", "nshp", "pps", "ea"],
  api: ["contract", "ma"],
  client: [],
  cli: ["contract", "package", "vns", "itf", "client", "pps", "ea", "engine", "sdk"],
};
/** The same for the crates of the engine. */
const crates: Record<string, readonly string[]> = {
  channel: [],
  wire: [],
  memif: [],
  "memif-c": ["memif"],
  vns: ["channel", "wire", "memif"],
  nshp: ["channel", "wire"],
  itf: ["channel", "wire", "vns", "nshp"],
  "coven-engine": ["channel", "wire", "vns", "nshp", "itf"],
};

describe("arrows go one way", () => {
  it("between packages of the control plane", () => {
    const wrong = sources
      .filter((file) => file.startsWith("control/") && !isTest(file))
      .flatMap((file) => {
        const own = file.split("/")[1] ?? "";
        const used = [...text(file).matchAll(/^(?:import|export|\}) .*from "@coven\/([a-z]+)/gm)].map((match) => match[1] ?? "");
        return used.filter((other) => other !== own && own in allowed && !allowed[own]?.includes(other)).map((other) => `${file} -> ${other}`);
      });
    expect(wrong).toEqual([]);
  });
  it("between crates of the engine", () => {
    const wrong = Object.entries(crates).flatMap(([crate, may]) => {
      const manifest = text(`engine/${crate}/Cargo.toml`);
      const used = [...manifest.matchAll(/^(channel|wire|memif|vns|nshp|itf)\.workspace/gm)].map((match) => match[1] ?? "");
      return used.filter((other) => !may.includes(other)).map((other) => `${crate} -> ${other}`);
    });
    expect(wrong).toEqual([]);
  });
  it("unsafe Rust stands only in channel, in the OS files of vns, in memory of memif, in its face for C, in the face of the C core and in a peer of the benches", () => {
    const home = /^(bench\/peers\/|sdk\/rust\/src\/|engine\/(channel\/|memif\/src\/memory\.rs|memif-c\/|vns\/(tests|src\/(af_packet|af_xdp|tap|memif|plugin|libpcap|library))\b))/;
    expect(sources.filter((file) => file.endsWith(".rs") && !home.test(file) && /\bunsafe (\{|fn|impl)/.test(text(file)))).toEqual([]);
  });
});

describe("nothing is left over", () => {
  const marks = new RegExp(["TO" + "DO", "FIX" + "ME", "X" + "XX", "unimplemented" + "!", "to" + "do!"].map((mark) => `\\b${mark}\\b`).join("|"));
  it("no marks of unfinished work", () => {
    expect(sources.filter((file) => marks.test(text(file)))).toEqual([]);
  });
  it("no path of somebody's machine", () => {
    expect(sources.filter((file) => /\/(work|root|home\/\w+)\//.test(text(file).replaceAll(/https?:\S+/g, "")))).toEqual([]);
  });
  it("no test is switched off", () => {
    const off = new RegExp(`\\b(it|test|describe)\\.(skip|only)\\(|#\\[ignore${""}|@pytest\\.mark\\.skip\\(`);
    expect(sources.filter((file) => !file.endsWith("tidy.test.ts") && off.test(text(file)))).toEqual([]);
  });
});
