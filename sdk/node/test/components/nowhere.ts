import { run, Verdict } from "@coven/sdk";

const nowhere = Verdict.to("nowhere");
run(() => nowhere);
