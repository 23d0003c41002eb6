import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { CovenError } from "@coven/contract";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { limits, packFolder, readArchive } from "./index.ts";

let room: string;
beforeEach(() => {
  room = mkdtempSync(join(tmpdir(), "coven-package-"));
});
afterEach(() => rmSync(room, { recursive: true, force: true }));

interface Made { name: string | Buffer; content?: Buffer | string; mode?: number; flags?: number; method?: number; says?: { size?: number; packed?: number; crc?: number }; raw?: Buffer }

/** A zip as its maker pleases, lies included. */
function zipOf(entries: Made[], count = entries.length): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content = "", mode = 0, flags = 0x800, method = 8, says = {}, raw } of entries) {
    const label = Buffer.from(name as string);
    const body = Buffer.from(content as string);
    const packed = raw ?? (method === 8 ? deflateRawSync(body) : body);
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0);
    header.writeUInt16LE(flags, 2);
    header.writeUInt16LE(method, 4);
    header.writeUInt32LE(says.crc ?? crc32(body), 10);
    header.writeUInt32LE(says.packed ?? packed.length, 14);
    header.writeUInt32LE(says.size ?? body.length, 18);
    header.writeUInt16LE(label.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), header, label, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03"), header, tail, label]));
    bodies.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, central, end]);
}

const sound: Made = { name: "vnf.yaml", content: "vnf: x\n" };

/** Unpacks; returns the refusal, and sees that nothing is left behind. */
async function refusal(bytes: Buffer): Promise<CovenError> {
  const file = join(room, "a.zip");
  writeFileSync(file, bytes);
  const error = await readArchive(file, join(room, "out")).then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CovenError);
  expect(readdirSync(room)).toEqual(["a.zip"]);
  return error as CovenError;
}

describe("readArchive", () => {
  it("unpacks files, folders and what may be executed", async () => {
    writeFileSync(join(room, "a.zip"), zipOf([sound, { name: "bin/", mode: 0o040755 }, { name: "bin/filter", content: "x", mode: 0o100755, method: 0 }, { name: "./deep//er/main.py", content: "pass", mode: 0o100600 }]));
    await readArchive(join(room, "a.zip"), join(room, "out"));
    expect(readFileSync(join(room, "out/vnf.yaml"), "utf8")).toBe("vnf: x\n");
    expect(statSync(join(room, "out/bin/filter")).mode & 0o111).not.toBe(0);
    expect(statSync(join(room, "out/deep/er/main.py")).mode & 0o111).toBe(0);
    expect(readdirSync(room).sort()).toEqual(["a.zip", "out"]);
  });

  const elsewhere = ["../x", "a/../../x", "/etc/x", "..", "a\\..\\x", "\\\\host\\x", "C:/x", "c:x", "a\u0000.py", "a\n", ".", "/"];
  it.each(elsewhere)("refuses the name %j", async (name) => {
    const error = await refusal(zipOf([sound, { name, content: "x" }]));
    expect(error.reason).toBe("PACKAGE_ESCAPES");
    expect(error.message).toContain(JSON.stringify(name));
  });

  it.each([
    ["the same", ["a", "a"]],
    ["another case", ["Readme", "README"]],
    ["another normal form", ["caf\u00e9", "cafe\u0301"]],
    ["an empty word", ["a/b", "a//b"]],
    ["a file as folder", ["a", "a/b"]],
    ["a folder as file", ["a/b", "a"]],
    ["a folder in another case", ["lib/a", "Lib/b"]],
    ["a folder twice", ["d/", "d/"]],
  ])("refuses %s twice", async (_, names) => expect((await refusal(zipOf([sound, ...names.map((name) => ({ name, content: name.endsWith("/") ? "" : "x", method: 0 }))]))).reason).toBe("PACKAGE_DUPLICATE"));

  it.each([["a link", 0o120777], ["a device", 0o020644], ["a pipe", 0o010644]])("refuses %s", async (_, mode) => {
    const error = await refusal(zipOf([sound, { name: "passwd", content: "/etc/passwd", mode }]));
    expect(error.message).toBe("the archive holds a link, passwd; only files and folders are taken");
  });

  it("refuses encrypted entries", async () => {
    expect((await refusal(zipOf([sound, { name: "secret", content: "x", flags: 0x801 }]))).reason).toBe("PACKAGE_ENCRYPTED");
  });

  it("refuses what is no zip, and a file that is not there", async () => {
    expect((await refusal(Buffer.from("hello"))).reason).toBe("PACKAGE_NOT_ZIP");
    expect((await refusal(Buffer.alloc(0))).reason).toBe("PACKAGE_NOT_ZIP");
    expect((await refusal(zipOf([sound]).subarray(0, -4))).reason).toBe("PACKAGE_NOT_ZIP");
    await expect(readArchive(join(room, "none.zip"), join(room, "out"))).rejects.toThrow("there is no package at");
  });

  it("wants a descriptor at the root, and says where it is", async () => {
    expect((await refusal(zipOf([{ name: "main.py", content: "x" }]))).message).toMatch(/a.zip has no vnf.yaml at its root$/);
    expect((await refusal(zipOf([{ name: "fw/vnf.yaml", content: "x" }]))).detail).toBe("there is fw/vnf.yaml: zip the content of the folder, not the folder");
  });

  it("refuses bombs by what they say", async () => {
    const large = await refusal(zipOf([sound, { name: "a", content: "x", says: { size: limits.unpackedBytes } }]));
    expect(large.message).toBe(`the archive is too large when unpacked: ${limits.unpackedBytes + 7} bytes; at most ${limits.unpackedBytes}`);
    expect((await refusal(zipOf([sound, { name: "a", content: Buffer.alloc(2 * limits.ratioFromBytes) }]))).message).toMatch(/at most 100 times as much/);
    const many = zipOf([sound, ...Array.from({ length: limits.entries }, (_, i) => ({ name: `f${i}`, method: 0 }))]);
    expect((await refusal(many)).message).toMatch(/10001 entries; at most 10000/);
  });

  it.each([["a part", "n".repeat(256)], ["the whole", Array.from({ length: 6 }, () => "n".repeat(200)).join("/")], ["the depth", "d/".repeat(32) + "x"]])("limits the name: %s", async (_, name) => {
    expect((await refusal(zipOf([sound, { name, content: "x" }]))).reason).toBe("PACKAGE_BOMB");
  });

  it.each([["deflated", 8], ["stored", 0]])("stops at the first byte that a header hides (%s)", async (_, method) => {
    const error = await refusal(zipOf([sound, { name: "a", content: Buffer.alloc(100_000, "x"), method, says: { size: 10 } }]));
    expect(error.message).toBe("the archive is too large when unpacked: a is larger than the 10 bytes that its header says");
  });

  it.each([
    ["an end too early", { content: "hello", says: { size: 10 } }, /a ends after 5 of 10 bytes/],
    ["another checksum", { content: "hello", says: { crc: 1 } }, /the content of a has another checksum/],
    ["no deflate stream", { content: "hello", raw: Buffer.from("\xff\xff\xff", "latin1") }, /./],
    ["more than there is", { content: "hello", method: 0, says: { packed: 1e6, size: 1e6 } }, /overflows/],
    ["a method that nobody knows", { content: "hello", method: 99 }, /packed by method 99/],
    ["a folder with content", { name: "a/", content: "hello" }, /the folder a\/ has content/],
  ])("finds damage: %s", async (_, made, message) => {
    const error = await refusal(zipOf([sound, { name: "a", ...made }]));
    expect(error.reason).toBe("PACKAGE_DAMAGED");
    expect(error.message).toMatch(message);
  });

  it("finds damage in the directory", async () => {
    const bytes = zipOf([sound]);
    bytes.writeUInt32LE(0, bytes.indexOf("PK\x01\x02"));
    expect((await refusal(bytes)).reason).toBe("PACKAGE_DAMAGED");
    expect((await refusal(zipOf([sound], 3))).reason).toBe("PACKAGE_DAMAGED");
  });

  it("leaves what is there alone", async () => {
    writeFileSync(join(room, "a.zip"), zipOf([sound]));
    mkdirSync(join(room, "out"));
    writeFileSync(join(room, "out/mine"), "mine");
    await expect(readArchive(join(room, "a.zip"), join(room, "out"))).rejects.toThrow();
    expect(readdirSync(room).sort()).toEqual(["a.zip", "out"]);
    expect(readdirSync(join(room, "out"))).toEqual(["mine"]);
  });
});

describe("packFolder", () => {
  const write = (path: string, content: string | Buffer, mode = 0o644) => {
    mkdirSync(join(room, "src", path, ".."), { recursive: true });
    writeFileSync(join(room, "src", path), content, { mode });
  };
  const pack = (to = "a.zip") => packFolder(join(room, "src"), createWriteStream(join(room, to)));

  it("makes what readArchive takes, without what is fetched, made or hidden", async () => {
    write("vnf.yaml", "vnf: x\n");
    write("filter-c/filter.c", "int main;");
    write("bin/run", "#!", 0o755);
    for (const path of ["a/node_modules/x/i.js", "filter-c/build/filter", ".git/config", "a/.env"]) write(path, "x");
    await pack();
    await readArchive(join(room, "a.zip"), join(room, "out"));
    expect(readdirSync(join(room, "out"), { recursive: true }).sort()).toEqual(["bin", "bin/run", "filter-c", "filter-c/filter.c", "vnf.yaml"]);
    expect(statSync(join(room, "out/bin/run")).mode & 0o777).toBe(0o755);
  });

  it("makes the same bytes again, at another time, in another zone and order", async () => {
    write("vnf.yaml", "vnf: x\n");
    write("b/two", "2");
    write("a", "1");
    await pack("one.zip");
    rmSync(join(room, "src"), { recursive: true });
    for (const [path, content] of [["a", "1"], ["b/two", "2"], ["vnf.yaml", "vnf: x\n"]] as const) write(path, content);
    const zone = process.env.TZ;
    process.env.TZ = "Asia/Tokyo";
    try {
      await pack("two.zip");
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
    expect(readFileSync(join(room, "two.zip"))).toEqual(readFileSync(join(room, "one.zip")));
  });

  it("names what is missing", async () => {
    await expect(pack()).rejects.toMatchObject({ reason: "PACKAGE_MISSING" });
    write("main.py", "x");
    await expect(pack()).rejects.toMatchObject({ reason: "PACKAGE_NO_DESCRIPTOR" });
  });

  it("refuses links, and what could not be unpacked", async () => {
    write("vnf.yaml", "vnf: x\n");
    symlinkSync("/etc/passwd", join(room, "src/link"));
    await expect(pack()).rejects.toMatchObject({ reason: "PACKAGE_LINK" });
    rmSync(join(room, "src/link"));
    write("zeros", Buffer.alloc(2 * limits.ratioFromBytes));
    await expect(pack()).rejects.toMatchObject({ reason: "PACKAGE_BOMB" });
    rmSync(join(room, "src/zeros"));
    write("Readme", "x");
    write("README", "x");
    await expect(pack()).rejects.toMatchObject({ reason: "PACKAGE_DUPLICATE" });
  });

  it("fails as its output fails", async () => {
    write("vnf.yaml", "vnf: x\n");
    await expect(packFolder(join(room, "src"), createWriteStream(join(room, "none/a.zip")))).rejects.toThrow("ENOENT");
    expect(existsSync(join(room, "none"))).toBe(false);
  });
});
