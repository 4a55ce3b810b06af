/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Visiting the samples of a profile as events of locks: values by what they mean instead of by position (Datadog's
 * clients have up to 19 of them), labels by name, locations resolved to functions and lines.
 */
#include "profile/index.h"

#include "profile.pb-c.h"

#include <errno.h>
#include <string.h>

static int read_labels(const struct mutray_profile *profile, const Mutray__Pprof__Sample *sample,
                       struct mutray_lock_sample *out, struct mutray_error *error)
{
#define TEXT_OF(label) mutray_profile_string(profile, (uint64_t)(label)->str)
#define NUMBER_OF(label)                                                                                               \
    (struct mutray_label_number)                                                                                       \
    {                                                                                                                  \
        (label)->num, true                                                                                             \
    }
#define TEXT_NONE ""
#define NUMBER_NONE                                                                                                    \
    (struct mutray_label_number)                                                                                       \
    {                                                                                                                  \
        0, false                                                                                                       \
    }
#define MUTRAY_LABEL(member, name, kind, unit) out->member = kind##_NONE;
#include "../../proto/labels.def"
#undef MUTRAY_LABEL
    for (size_t i = 0; i < sample->n_label; i++) {
        const Mutray__Pprof__Label *label = sample->label[i];
        uint64_t count = profile->string_count;
        if ((uint64_t)label->key >= count || (uint64_t)label->str >= count || (uint64_t)label->num_unit >= count) {
            return mutray_profile_bad(error, "a label names a string that is not there");
        }
        const char *key = mutray_profile_string(profile, (uint64_t)label->key);
#define MUTRAY_LABEL(member, name, kind, unit)                                                                         \
    if (strcmp(key, name) == 0) {                                                                                      \
        out->member = kind##_OF(label);                                                                                \
        continue;                                                                                                      \
    }
#include "../../proto/labels.def"
#undef MUTRAY_LABEL
    }
    return 0;
#undef TEXT_OF
#undef NUMBER_OF
#undef TEXT_NONE
#undef NUMBER_NONE
}

static int read_frames(const struct mutray_profile *profile, const Mutray__Pprof__Sample *sample,
                       struct mutray_frame *frames, size_t *ret_count, struct mutray_error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < sample->n_location_id; i++) {
        const struct mutray_location *location = mutray_profile_location(profile, sample->location_id[i]);
        if (location == NULL) return mutray_profile_bad(error, "a sample names a location that is not there");
        for (uint32_t j = 0; j < location->line_count && count < MUTRAY_FRAMES_MAX; j++) {
            const struct mutray_line *line = &profile->lines[location->first_line + j];
            const struct mutray_function *function = &profile->functions[line->function];
            frames[count++] = (struct mutray_frame){mutray_profile_string(profile, function->name),
                                                    mutray_profile_string(profile, function->file), line->line};
        }
    }
    *ret_count = count;
    return 0;
}

/* Fills in the values; false if none of the four is there, so that the sample is not about locks. */
static bool read_values(const struct mutray_profile *profile, const Mutray__Pprof__Sample *sample, int64_t *values)
{
    bool any = false;
    for (int value = 0; value < MUTRAY_VALUE_COUNT; value++) {
        int index = profile->value_index[value];
        values[value] = index < 0 ? 0 : sample->value[index];
        any |= values[value] != 0;
    }
    return any;
}

int mutray_profile_visit(struct mutray_profile *profile, mutray_profile_visitor visit, void *context,
                         struct mutray_error *error)
{
    struct mutray_frame frames[MUTRAY_FRAMES_MAX];
    struct mutray_wire wire = mutray_wire_over(profile->bytes, profile->size);
    struct mutray_wire_field field;
    for (size_t number = 1; mutray_wire_next(&wire, &field);) {
        if (field.number != MUTRAY_PPROF_SAMPLE) continue;
        const Mutray__Pprof__Sample *sample =
            mutray_profile_unpack(profile, &mutray__pprof__sample__descriptor, &field);
        if (sample == NULL) return mutray_profile_bad(error, "sample %zu is damaged or far too large", number);
        if (sample->n_value != profile->type_count) {
            return mutray_profile_bad(error, "sample %zu has %zu values for %zu sample types", number, sample->n_value,
                                      profile->type_count);
        }
        struct mutray_lock_sample event = {.frames = frames};
        int result = read_labels(profile, sample, &event, error);
        if (result == 0) result = read_frames(profile, sample, frames, &event.frame_count, error);
        if (result < 0) return result;
        if (read_values(profile, sample, event.values)) visit(&event, context);
        if (profile->spent) return mutray_profile_bad(error, "what is in it would take more than four times its size");
        number++;
    }
    return 0;
}
