import assert from "node:assert/strict";
import test from "node:test";
import { destinationPort } from "../filter/rule.js";

/** An Ethernet frame with IPv4 and the first bytes of TCP or UDP. */
function frame(protocol, port) {
  const bytes = new Uint8Array(60);
  const view = new DataView(bytes.buffer);
  view.setUint16(12, 0x0800);
  view.setUint8(14, 0x45);
  view.setUint8(23, protocol);
  view.setUint16(36, port);
  return bytes;
}

test("TCP and UDP have a destination port", () => {
  assert.equal(destinationPort(frame(6, 8080)), 8080);
  assert.equal(destinationPort(frame(17, 53)), 53);
});

test("everything else has none", () => {
  assert.equal(destinationPort(frame(1, 8080)), 0);
  assert.equal(destinationPort(new Uint8Array(60)), 0);
  assert.equal(destinationPort(frame(6, 8080).subarray(0, 35)), 0);
});
