/* SPDX-License-Identifier: Apache-2.0 */
/* A running process with mutray's runtime in it, as its owner sees it from outside; see target.c. */
#ifndef MUTRAY_CONTROL_TARGET_H
#define MUTRAY_CONTROL_TARGET_H

#include "record/control.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct target_range {
    uint64_t low, high;
};

struct target {
    const char *command; /* of ours, for messages: "start" */
    pid_t pid;
    char name[64];
    struct target_range *program; /* mappings of the program's own file */
    size_t program_count, program_capacity;
    struct mutray__spool_module modules[MUTRAY__SPOOL_MODULES];
    uint32_t module_count;
    uint64_t control; /* address of its struct mutray__control */
};

/* Finds the process and the runtime in it. Dies, with what to do, unless there is one of this very version. */
void target_open(const char *command, const char *number, struct target *ret);
void target_close(struct target *target);

/* The process's memory. Dies if it has ended, or does not let us. */
void target_read(const struct target *target, uint64_t address, void *bytes, size_t size);
void target_write(const struct target *target, uint64_t address, const void *bytes, size_t size);

/* Its control structure as it is now. */
struct mutray__control target_control(const struct target *target);
/* Has it carry out an action. False: it made no lock call within the time; it will with the next one. */
bool target_request(const struct target *target, enum mutray__control_action action,
                    const struct mutray__record_config *config, double seconds, int *ret_result);
/* Whether it forbids itself system calls. */
bool target_is_confined(const struct target *target);
/* The value of a variable in the environment that it was started with; "" if unset. The caller frees it. */
char *target_environment(const struct target *target, const char *name);
/* What it recorded, as a spool would have it. The caller frees it. */
uint8_t *target_spool(const struct target *target, size_t *ret_size);

#endif
