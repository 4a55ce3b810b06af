/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `mutray doctor` finds, in the order in which it looks. Each part of the examination adds findings and goes on:
 * one thing that is wrong does not hide the next.
 */
#ifndef MUTRAY_DOCTOR_H
#define MUTRAY_DOCTOR_H

#include "destination.h"

#include <stdio.h>

/* DOCTOR_PART(name, heading) */
#define DOCTOR_PARTS(X)                                                                                                \
    X(configuration, "Configuration")                                                                                  \
    X(installation, "Installation")                                                                                    \
    X(destination, "Destination")                                                                                      \
    X(self_test, "Self-test")

enum doctor_part {
#define X(name, heading) DOCTOR_##name,
    DOCTOR_PARTS(X)
#undef X
};

enum doctor_state {
    DOCTOR_DEFAULT, /* a variable that is not set: only in the JSON */
    DOCTOR_GOOD,
    DOCTOR_NOTE, /* worth knowing, nothing wrong */
    DOCTOR_BAD
};

struct doctor_finding {
    enum doctor_part part;
    enum doctor_state state;
    char *name, *text;
};

struct doctor {
    struct doctor_finding *findings;
    size_t count, capacity;
    struct mutray__options options;
    struct mutray__destination where;
    bool wants_upload; /* the environment names a destination, or asks for Datadog's agent */
    bool can_upload;   /* and it is one */
    bool named;        /* the self-test's profile has the names and numbers it should have */
    bool delivered;    /* and was accepted */
    char *why_not;     /* it was not accepted */
};

__attribute__((format(printf, 5, 6))) void doctor_add(struct doctor *doctor, enum doctor_part part,
                                                      enum doctor_state state, const char *name, const char *format,
                                                      ...);
/* Whether anything in a part is wrong. */
bool doctor_has_bad(const struct doctor *doctor, enum doctor_part part);
void doctor_free(struct doctor *doctor);

/* The parts. */
void doctor_check_configuration(struct doctor *doctor);
/* Part of the same: variables that mutray does not read, but seems to be meant to. */
void doctor_check_misspelt(struct doctor *doctor);
void doctor_check_installation(struct doctor *doctor);
void doctor_check_destination(struct doctor *doctor);
/* Builds a program with `compiler`, runs it, reads its profile; if there is a destination the program uploads it. */
void doctor_test_itself(struct doctor *doctor, const char *compiler);

const char *doctor_part_heading(enum doctor_part part);
const char *doctor_part_name(enum doctor_part part);
const char *doctor_state_name(enum doctor_state state);

#endif
