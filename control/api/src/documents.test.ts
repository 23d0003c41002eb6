import { readFileSync } from "node:fs";
import { catalogue } from "@coven/contract";
import { expect, test } from "vitest";
import { errorsPage, openapi } from "./documents.ts";

const committed = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const advice = "run make generate";

test("spec/openapi.json is what the routes are", async () => expect(committed("spec/openapi.json"), advice).toBe(await openapi()));

test("docs/errors.md is what the catalogue is, both ways", () => {
  const page = committed("docs/errors.md");
  const told = new Map([...page.matchAll(/^\| ([A-Z_]+) \| (\d+) \| (.+) \|$/gm)].map(([, reason = "", status, text]) => [reason, { status: Number(status), text }]));
  expect(Object.fromEntries(told), advice).toEqual(catalogue);
  expect(page, advice).toBe(errorsPage());
});

test("the document is whole: every reference leads somewhere, every operation has a summary and its errors", async () => {
  const text = await openapi();
  const document = JSON.parse(text);
  const names = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name));
  for (const name of names) expect(document.components.schemas).toHaveProperty([String(name)]);
  for (const methods of Object.values<Record<string, { summary?: string; responses: object }>>(document.paths)) {
    for (const operation of Object.values(methods)) {
      expect(operation.summary).toBeTruthy();
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["4XX", "5XX"]));
    }
  }
});
