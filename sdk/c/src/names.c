/* Names that the environment gives: the component's, and those of its outputs (spec/channel.md section 1). */
#include "channel.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names that do not fit are left out, for no plan has them. NULL: the environment's, when they are asked for. */
void cvn_name_outputs(const char *text) {
    cvn_names *to = &cvn_me->names;
    to->count = 0;
    while (text && *text && to->count < COVEN_LIMITS_OUTPUTS_MAX) {
        size_t length = strcspn(text, ",");
        if (length < sizeof to->outputs[0]) snprintf(to->outputs[to->count], sizeof to->outputs[0], "%.*s", (int)length, text);
        to->count++;
        text += length + (text[length] == ',');
    }
}

/* When first asked for, since authors may call coven_to before they run, and on attaching. */
void cvn_read_names(void) {
    const char *text = getenv("COVEN_OUTPUTS");
    cvn_name_outputs(text && *text ? text : "out");
}

unsigned coven_output_count(void) {
    if (!cvn_me->names.count) cvn_read_names();
    return cvn_me->names.count;
}

const char *coven_output_name(unsigned index) { return index < coven_output_count() ? cvn_me->names.outputs[index] : NULL; }

const char *coven_component_name(void) {
    const char *name = *cvn_me->names.component ? cvn_me->names.component : getenv("COVEN_NAME");
    return name && *name ? name : "component";
}

coven_verdict coven_to(const char *name) {
    for (unsigned i = 0; i < coven_output_count(); i++)
        if (!strcmp(cvn_me->names.outputs[i], name)) return (coven_verdict)i;
    fprintf(cvn_log(), "%s: no output is named %s; packets sent there are dropped (vnf.yaml: outputs)\n", coven_component_name(), name);
    return COVEN_DROP;
}
