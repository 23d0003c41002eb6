/** MACs of RFC 9145 as another implementation makes and checks them: Node's own HMAC. */
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { chained2, plain } from "./packets.ts";
import { through, type Wire } from "./through.ts";

const folder = mkdtempSync(join(tmpdir(), "cov-key-"));
afterAll(() => rmSync(folder, { recursive: true }));
const secret = randomBytes(32);
const key = join(folder, "up.key");
writeFileSync(key, `${secret.toString("hex")}\n`, { mode: 0o600 });
const integrity = { keyId: "ab01", key, window_ms: 60_000 };
const keyId = Buffer.from(integrity.keyId, "hex");

/** Ethernet 14, base 4, service path 4, TLV header 4, length of the key's identifier 1, identifier 2. */
const [scope, timestamp] = [18, 29];
const mac = timestamp + 8 + 1;

const macOf = (frame: Buffer): Buffer => {
  const blank = Buffer.from(frame);
  blank.fill(0, mac, mac + 16);
  return createHmac("sha256", secret).update(blank.subarray(scope)).digest().subarray(0, 16);
};

function guarded(spi: number, si: number, age_s = 0): Buffer {
  const now = Buffer.alloc(8);
  now.writeUInt32BE(Math.floor(Date.now() / 1000) - age_s);
  const frame = chained2(spi, si, Buffer.concat([Buffer.from("0000021c", "hex"), Buffer.from([keyId.length]), keyId, now, Buffer.alloc(17)]));
  macOf(frame).copy(frame, mac);
  return frame;
}

const vnf: Wire = { connectionPoints: { lan: { nsh: "proxy" }, wan: { nsh: "proxy" } }, paths: { up: "lan -> wan" }, nsh: { paths: { up: { spi: 10, integrity } } } };

describe("a service path with integrity", () => {
  it("takes what another one with the key has made, and protects it again", () => {
    const { statistics, left } = through(vnf, { lan: [guarded(10, 9)] });
    const [frame = Buffer.alloc(0)] = left("wan");
    expect(statistics.dropped).toEqual({});
    expect([frame[21], frame.subarray(mac, mac + 16)]).toEqual([8, macOf(frame)]);
  });

  it("takes nothing else", () => {
    const changed = guarded(10, 9);
    changed.writeUInt8((changed.at(-1) ?? 0) ^ 1, changed.length - 1);
    const { statistics } = through(vnf, { lan: [changed, guarded(10, 9, 3600), chained2(10, 9, Buffer.alloc(0))] });
    expect(statistics.nsh).toEqual([{ spi: 10, si: 9, dropped: { nsh_integrity: 3 } }]);
  });

  it("begins with a classifier that makes the MAC", () => {
    const classifier: Wire = { ...vnf, connectionPoints: { lan: { nsh: "classify" }, wan: { nsh: "proxy" } }, nsh: { ...vnf.nsh, classify: [{ path: "up" }] } };
    const [frame = Buffer.alloc(0)] = through(classifier, { lan: [plain()] }).left("wan");
    expect([frame.subarray(mac, mac + 16), frame[21], frame.subarray(-plain().length)]).toEqual([macOf(frame), 255, plain()]);
    expect(Math.abs(frame.readUInt32BE(timestamp) - Date.now() / 1000)).toBeLessThan(60);
  });

  it("needs a key that can be read", () => {
    const missing: Wire = { ...vnf, nsh: { paths: { up: { spi: 10, integrity: { keyId: "ab", key: join(folder, "gone") } } } } };
    expect(() => through(missing, { lan: [] })).toThrow(/the key in .*gone can't be used/);
  });
});
