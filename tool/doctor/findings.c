/* SPDX-License-Identifier: Apache-2.0 */
/* The list of findings. */
#include "doctor.h"

#include "base/say.h"

#include <stdarg.h>
#include <stdlib.h>

void doctor_add(struct doctor *doctor, enum doctor_part part, enum doctor_state state, const char *name,
                const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    doctor->findings = mutray_grow(doctor->findings, doctor->count, &doctor->capacity, sizeof *doctor->findings);
    doctor->findings[doctor->count++] =
        (struct doctor_finding){.part = part, .state = state, .name = mutray_strdup(name), .text = mutray_strdup(text)};
}

bool doctor_has_bad(const struct doctor *doctor, enum doctor_part part)
{
    for (size_t i = 0; i < doctor->count; i++)
        if (doctor->findings[i].part == part && doctor->findings[i].state == DOCTOR_BAD) return true;
    return false;
}

void doctor_free(struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->count; i++) {
        free(doctor->findings[i].name);
        free(doctor->findings[i].text);
    }
    free(doctor->findings);
    free(doctor->why_not);
    mutray__options_free(&doctor->options);
}

const char *doctor_part_heading(enum doctor_part part)
{
    static const char *const headings[] = {
#define X(name, heading) heading,
        DOCTOR_PARTS(X)
#undef X
    };
    return headings[part];
}

const char *doctor_part_name(enum doctor_part part)
{
    static const char *const names[] = {
#define X(name, heading) #name,
        DOCTOR_PARTS(X)
#undef X
    };
    return names[part];
}

const char *doctor_state_name(enum doctor_state state)
{
    static const char *const names[] = {"default", "good", "note", "bad"};
    return names[state];
}
