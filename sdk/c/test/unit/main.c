#include "unit.h"
#include <stdlib.h>

static test *first, **last = &first;
static bool test_good;

void add_test(test *one) {
    *last = one;
    last = &one->next;
}

void check(bool good, const char *text, const char *file, int line) {
    if (good) return;
    test_good = false;
    fprintf(stderr, "%s:%d: %s\n", file, line, text);
}

void check_equal(uint64_t got, uint64_t wanted, const char *text, const char *file, int line) {
    if (got == wanted) return;
    test_good = false;
    fprintf(stderr, "%s:%d: %s is %llu (0x%llx), not %llu (0x%llx)\n", file, line, text, (unsigned long long)got, (unsigned long long)got,
            (unsigned long long)wanted, (unsigned long long)wanted);
}

void check_text(const char *got, const char *wanted, const char *file, int line) {
    if (!strcmp(got, wanted)) return;
    test_good = false;
    fprintf(stderr, "%s:%d:\n  got    %s\n  wanted %s\n", file, line, got, wanted);
}

int main(void) {
    unsigned passed = 0, failed = 0;
    for (test *one = first; one; one = one->next) {
        test_good = true;
        one->run();
        if (test_good) passed++;
        else failed++;
        if (!test_good) fprintf(stderr, "failed: %s\n", one->name);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
