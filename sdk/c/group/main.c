/* A fused group of programs in C and C++ (spec/channel.md section 7), each a shared object with a main of its own:
 *     coven-group -- FILE FOLDER NAME=VALUE... -- FILE FOLDER NAME=VALUE...
 * Each begins with its own folder and environment. Its coven_run begins the next one's main; the last one's runs the loop for all. */
#include <coven/core.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int program(int count, char **words);

static char **starts[64]; /* of the words of each program */
static unsigned count;

static bool is_end(const char *word) { return !word || !strcmp(word, "--"); }

static int fail(const char *name, const char *why) {
    fprintf(stderr, "%s: %s\n", name, why);
    exit(EXIT_FAILURE);
}

static void take_environment(char **words) {
    for (char **word = words; !is_end(*word); word++)
        if (putenv(*word)) fail(*word, "no memory");
    if (!getenv("COVEN_CONTEXT")) return;
    for (char **word = words; !is_end(*word); word++)
        if (!strncmp(*word, "COVEN_CONTEXT=", 14)) return;
    unsetenv("COVEN_CONTEXT"); /* the one before had a layout, and this one has none */
}

static int begin(unsigned number) {
    char **words = starts[number];
    take_environment(words + 2);
    if (chdir(words[1])) fail(words[1], "no such folder");
    void *object = dlopen(words[0], RTLD_NOW | RTLD_LOCAL);
    program *run;
    if (!object) fail(coven_component_name(), dlerror());
    *(void **)&run = dlsym(object, "main");
    if (!run) fail(coven_component_name(), "it has no main");
    int status = run(1, (char *[]){words[0], NULL});
    if (!coven_group_has_run(number)) fail(words[0], "its program ended without a call of coven_run or coven_run_burst, which a fused component has to make");
    return status;
}

int main(int argument_count, char **arguments) {
    for (int i = 1; i + 2 < argument_count; i++)
        if (!strcmp(arguments[i], "--") && count < sizeof starts / sizeof *starts) starts[count++] = &arguments[i + 1];
    if (!count) fail("coven-group", "it is started by COVEN");
    coven_group_programs(count, begin);
    return begin(0);
}
