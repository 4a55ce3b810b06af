/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the destination is there and takes profiles, as far as that can be asked: mutray-send does (probe.c). */
#include "doctor.h"

#include "base/paths.h"
#include "base/say.h"
#include "driver/process.h"
#include "send/send.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

void doctor_check_destination(struct doctor *doctor)
{
    struct bytes said = {0};
    struct process_setup setup = {.capture = &said};
    int status;
    if (!doctor->wants_upload) {
        doctor_add(doctor, DOCTOR_destination, DOCTOR_NOTE, "none",
                   "profiles go to files only (DD_PROFILING_OUTPUT_PPROF); to upload them set DD_AGENT_HOST, or "
                   "DD_API_KEY and DD_SITE, or MUTRAY_PUSH_URL");
        return;
    }
    char *program = mutray_path_program("mutray-send");
    if (!doctor->can_upload || program == NULL) return; /* told above */
    char *argv[] = {program, "probe", NULL};
    if (process_run(argv, &setup, &status) < 0 || !WIFEXITED(status) || said.size == 0) {
        doctor_add(doctor, DOCTOR_destination, DOCTOR_NOTE, "mutray-send", "cannot be run; install mutray again");
    } else {
        int answer = WEXITSTATUS(status);
        said.at[strcspn(said.at, "\n")] = '\0';
        doctor_add(doctor, DOCTOR_destination,
                   answer == 0 ? DOCTOR_GOOD : answer == SEND_UNKNOWN ? DOCTOR_NOTE : DOCTOR_BAD, "receiver", "%s",
                   said.at);
    }
    free(said.at);
    free(program);
}
