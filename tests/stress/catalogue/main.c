/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the row named on the command line: `catalogue 12.failed_try`. Status 77: not a row for this kind of lock. */
#include "kind.h"
#include "rows.h"

#include <string.h>

static const struct {
    const char *name;
    void (*run)(void);
} rows[] = {
#define ROW(number, name) {#number "." #name, row_##number##_##name},
#include "rows.def"
#undef ROW
};

#ifdef KIND_recursive
const pthread_mutexattr_t *recursive_attributes(void)
{
    static pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    return &attributes;
}
#endif

void in_another_thread(void *(*work)(void *), void *argument)
{
    pthread_t thread;

    must(pthread_create(&thread, NULL, work, argument) == 0);
    must(pthread_join(thread, NULL) == 0);
}

void not_for_this_kind(void)
{
    exit(77);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, argv[1]) == 0) {
            rows[i].run();
            return 0;
        }
    }
    fprintf(stderr, "usage: catalogue ROW, one of:");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fprintf(stderr, " %s", rows[i].name);
    }
    fputc('\n', stderr);
    return 2;
}
