package coven;

import static coven.Tests.equal;
import static coven.Tests.test;

import java.util.List;
import java.util.Map;

final class JsonTest {
    private JsonTest() {}

    static void run() {
        test("json: any value out", () -> {
            equal(Json.of(List.of(1, 2.5, true, "a\"\n\u0001", Map.of("k", List.of()))), "[1,2.5,true,\"a\\\"\\u000a\\u0001\",{\"k\":[]}]");
            equal(Json.of(null), "null");
            equal(Json.of(Double.NaN), "null");
            equal(Json.of("\ud800x\ud83d\ude00"), "\"\\ud800x\ud83d\ude00\"");
        });
        test("json: one scalar in", () -> {
            equal(Json.scalar("-12"), -12L);
            equal(Json.scalar("1e3"), 1000.0);
            equal(Json.scalar("9223372036854775808"), 9223372036854775808.0);
            equal(Json.scalar("false"), false);
            equal(Json.scalar("\"a\\u00e9\\n\\\"\""), "a\u00e9\n\"");
        });
        test("json: nothing else", () -> {
            for (String text : List.of("", "01", "+1", "1.", ".5", "1e", "1e999", "nul", "null", "\"", "\"a", "\"a\"b", "\"\\x\"", "\"\\u12\"", "\"\t\"", "[1]", "NaN", " 1"))
                equal(Json.scalar(text), null);
        });
    }
}
