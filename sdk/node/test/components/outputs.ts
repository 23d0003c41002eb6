import { run, Verdict } from "@coven/sdk";
import { numberOf } from "./expected.ts";

const suspicious = Verdict.to("suspicious");
run((packet) => (numberOf(packet) % 2 ? suspicious : Verdict.forward));
