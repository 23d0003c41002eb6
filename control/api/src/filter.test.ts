import { expect, test } from "vitest";
import { matches, parseFilter } from "./filter.ts";

const resource = { id: "7", n: 10, name: "it's (a); b,c", inner: { list: [{ k: "x" }, { k: "y" }] } };

test.each([
  ["(eq,n,10)", true],
  ["(neq,n,10)", false],
  ["(gt,n,9)", true],
  ["(lt,n,9)", false],
  ["(gte,n,10);(lte,n,10)", true],
  ["(in,inner/list/k,z,y)", true],
  ["(nin,id,7,8)", false],
  ["(cont,name,it)", true],
  ["(ncont,name,it)", false],
  ["(eq,name,'it''s (a); b,c')", true],
  ["(eq,absent,1)", false],
  ["(neq,constructor,1)", false],
])("%s", (filter, expected) => expect(matches(resource, parseFilter(filter))).toBe(expected));

test.each(["", "eq,a,b", "(eq,a)", "(eq,a,b,c)", "(eq,,b)", "(like,a,b)", "(eq,a,b);", "(eq,a,'b)", "(eq,a,b)x", `${"(eq,a,b);".repeat(40)}(eq,a,b)`])("%s is no filter", (filter) =>
  expect(() => parseFilter(filter)).toThrow(/filter/),
);
