/** The vectors that every SDK runs (spec/vectors/sdk), through the views as an author uses them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import "../src/testing/index.ts";
import { useLayout } from "../src/context.ts";
import { META_FLAG_CSUM_PARTIAL, META_FLAG_NSH, META_OFF_FLAGS, META_OFF_NSH_LENGTH, META_OFF_NSH_OFFSET } from "../src/generated/channel.ts";
import { bytes as memory } from "../src/memory.ts";
import { metadata } from "../src/nsh/metadata.ts";
import { nextTurn, Packet } from "../src/packet.ts";
import * as stage from "../src/testing/frames.ts";

// biome-ignore lint/suspicious/noExplicitAny: data of many shapes
type Any = any;
const vectorsOf = (name: string): Any[] => JSON.parse(readFileSync(new URL(`../../../spec/vectors/sdk/${name}.json`, import.meta.url), "utf8")).vectors;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function packetOf(text: string, headroom?: number): Packet {
  nextTurn();
  const bytes = unhex(text);
  stage.place(0, bytes.length, headroom);
  const packet = new Packet(0).refresh();
  packet.data.set(bytes);
  return packet;
}

/** A field as the vectors write it. */
function shown(view: string, field: string, object: Any): unknown {
  const value = object[view === "ethernet" && field !== "type" ? `${field}Text` : camel(field)];
  return value instanceof Uint8Array ? hex(value) : value;
}

function fieldsOf(packet: Packet, expected: Any): Any {
  const views: Any = { ...packet, ethernet: packet.length >= 14 ? packet.ethernet : undefined };
  return Object.fromEntries(Object.entries<Any>(expected).map(([name, fields]) => [name, viewOf(name, name === "ethernet" ? views.ethernet : (packet as Any)[name], fields)]));
}

function viewOf(name: string, object: Any, fields: Any): unknown {
  if (object === undefined) return null;
  if (object instanceof Uint8Array) return hex(object);
  return Object.fromEntries(Object.keys(fields ?? {}).map((field) => [field, field === "inner" ? viewOf("vlan", object.inner, fields.inner) : shown(name, field, object)]));
}

describe("headers", () => {
  it.each(vectorsOf("headers").map((one) => [one.name, one]))("%s", (_, { packet: text, fields, flow }: Any) => {
    const packet = packetOf(text);
    expect(fieldsOf(packet, fields)).toEqual(fields);
    const key = packet.flow;
    expect(key === undefined).toBe(flow === null);
    if (!key) return;
    const { text: printed, reversed, ...ends } = flow;
    expect(Object.fromEntries(Object.keys(ends).map((name) => [name, (key as Any)[camel(name)]]))).toEqual(ends);
    expect([String(key), String(key.reversed)]).toEqual([printed, reversed]);
    expect([key.reversed.reversed.key, key.equals(key.reversed.reversed)]).toEqual([key.key, true]);
  });
});

describe("writes", () => {
  it.each(vectorsOf("writes").map((one) => [one.name, one]))("%s", (_, { packet: text, steps, output, partial }: Any) => {
    const packet = packetOf(text);
    if (partial) stage.metaWord(0, META_OFF_FLAGS, 2, META_FLAG_CSUM_PARTIAL);
    for (const step of steps) apply(packet, step);
    expect(hex(packet.data)).toBe(output);
  });

  function apply(packet: Packet, step: Any): void {
    if ("put" in step) {
      packet.data.set(unhex(step.put), step.at);
      return;
    }
    if ("update_checksums" in step) {
      expect(packet.updateChecksums()).toBe(step.update_checksums);
      return;
    }
    const path = String(step.set).split(".");
    const field = path.pop() ?? "";
    const view = path.reduce((object: Any, name) => object[camel(name)], packet);
    if (path[0] === "ethernet") view[`${field}Text`] = step.value;
    else view[camel(field)] = typeof step.value === "string" && !field.endsWith("_text") ? unhex(step.value) : step.value;
  }
});

describe("context", () => {
  it.each(vectorsOf("context").map((one) => [one.name, one]))("%s", (_, { layout, error, context, read = {}, set = [], after, misfit = [], fields = {} }: Any) => {
    if (error) return expect(() => useLayout(layout)).toThrow("the context's layout");
    useLayout(layout);
    const packet = packetOf("00".repeat(60));
    const named = packet.context as Any;
    packet.context.bytes.set(unhex(context ?? "00".repeat(16)));
    for (const [name, value] of Object.entries<string>(read)) expect(written(named[name])).toBe(value);
    for (const [name, value] of set) named[name] = taken(value, fields[name].bits);
    for (const [name, value] of misfit) expect(() => (named[name] = taken(value, fields[name]?.bits ?? 0))).toThrow(`context field ${name}`);
    if (after) expect(hex(packet.context.bytes)).toBe(after);
  });
  const written = (value: Any) => (value instanceof Uint8Array ? hex(value) : `0x${value.toString(16)}`);
  const taken = (text: string, bits: number) => (!text.startsWith("0x") ? unhex(text) : bits > 53 ? BigInt(text) : Number(text));
});

describe("NSH", () => {
  const [typed, frames] = [vectorsOf("nsh").filter((one) => one.typed), vectorsOf("nsh").filter((one) => !one.typed)];

  it.each(frames.map((one) => [one.name, one]))("%s", (_, { frame, at, fields, metadata: pieces, steps, output, headroom }: Any) => {
    const packet = packetOf(frame, headroom);
    stage.metaWord(0, META_OFF_FLAGS, 2, META_FLAG_NSH);
    stage.metaWord(0, META_OFF_NSH_OFFSET, 2, packet.at - stage.frameAt(0) + at);
    stage.metaWord(0, META_OFF_NSH_LENGTH, 2, fields.length);
    const nsh = packet.nsh!;
    expect(Object.fromEntries(Object.keys(fields).map((name) => [name, (nsh as Any)[camel(name)]]))).toEqual(fields);
    expect(nsh.metadata.map((piece) => [piece.class, piece.type, hex(piece.value)])).toEqual(pieces.map((piece: Any) => (Array.isArray(piece) ? piece : [piece.class, piece.type, piece.value]).slice(0, 3)));
    for (const { op, class: kind, type, value, ok } of steps) expect(op === "set" ? nsh.set(kind, type, unhex(value)) : nsh.remove(kind, type)).toBe(ok);
    expect(hex(packet.data)).toBe(output);
    const before = memory.slice(packet.at, packet.at + packet.length);
    expect(nsh.set(0, 200, new Uint8Array(128))).toBe(false);
    expect(memory.slice(packet.at, packet.at + packet.length)).toEqual(before);
  });

  it.each(typed.map((one) => [one.name, one]))("%s", (_, { typed: name, class: kind, type, value, fields, written }: Any) => {
    const of = (metadata as Any)[camel(name)];
    expect([of.class, of.type]).toEqual([kind, type]);
    const expected = Object.fromEntries(Object.entries(fields).map(([field, number]) => [camel(field), number]));
    expect(of.read(unhex(value))).toEqual(expected);
    expect(hex(of.write(expected))).toBe(written);
  });
});
