import type { AgentView, DaemonView, HealthView, LogLine as Line, MonitorView, NshChange as Change, NshConfiguration as Configuration, NshSet, NshView, OperationView } from "@coven/contract";
import type { Static } from "@sinclair/typebox";
import { expectTypeOf, test } from "vitest";
import type { Agent, Daemon, Health, LogLine, Monitor, Nsh, NshChange, NshConfiguration, NshSets, OperationStep } from "./index.ts";

/** The compiler checks these; what is written in two places must be the same. */
test("schemas are the views of Management", () => {
  expectTypeOf<Static<typeof Daemon>>().toEqualTypeOf<DaemonView>();
  expectTypeOf<Static<typeof Monitor>>().toEqualTypeOf<MonitorView>();
  expectTypeOf<Static<typeof Health>>().toEqualTypeOf<HealthView>();
  expectTypeOf<Static<typeof LogLine>>().toEqualTypeOf<Line>();
  expectTypeOf<Static<typeof OperationStep>>().toEqualTypeOf<OperationView["steps"][number]>();
  expectTypeOf<Static<typeof Agent>>().toEqualTypeOf<AgentView>();
  expectTypeOf<Static<typeof Nsh>>().toEqualTypeOf<NshView>();
  expectTypeOf<Static<typeof NshSets>>().toEqualTypeOf<NshSet[]>();
  expectTypeOf<Static<typeof NshConfiguration>>().toEqualTypeOf<Configuration>();
  expectTypeOf<Static<typeof NshChange>>().toEqualTypeOf<Change>();
});
