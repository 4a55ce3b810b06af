/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `mutray doctor`: is everything in place, and if names are missing somewhere, who loses them? It looks at the
 * configuration, the installation and the destination, does the whole way once, and says which of three it is. The exit
 * status is that of lock_debug_stress_test: 0 everything works, 1 the collector (instrumentation, configuration), 2 the
 * pipeline (upload, agent, intake).
 */
#include "doctor/doctor.h"

#include "base/json.h"
#include "base/paths.h"
#include "base/say.h"
#include "cmd/command.h"

#include <stdlib.h>
#include <string.h>

static bool want_json;
static const char *compiler;

const struct mutray_option mutray_cmd_doctor_options[] = {
    {"cc", 0, MUTRAY_TEXT, &compiler, "COMPILER", "test with this compiler (default: the first of gcc, clang, cc)"},
    {"json", 0, MUTRAY_FLAG, &want_json, NULL, "everything as JSON"},
    {.kind = MUTRAY_END},
};

enum verdict { WORKS, COLLECTOR, PIPELINE }; /* the exit status */

static const struct {
    const char *name, *local, *sent, *meaning;
} verdicts[] = {
    [WORKS] = {"works", "yes", "yes", "everything works; what a UI shows wrong, the backend did"},
    [COLLECTOR] = {"collector", "no", "-", "collector: instrumentation or configuration"},
    [PIPELINE] = {"pipeline", "yes", "no", "pipeline: upload, agent or intake"},
};

static enum verdict judge(const struct doctor *doctor)
{
    if (!doctor->named || doctor_has_bad(doctor, DOCTOR_installation)) return COLLECTOR;
    if (doctor->wants_upload && (!doctor->delivered || doctor_has_bad(doctor, DOCTOR_destination))) return PIPELINE;
    return doctor_has_bad(doctor, DOCTOR_configuration) ? COLLECTOR : WORKS;
}

static const char *next_step(const struct doctor *doctor, enum verdict verdict)
{
    if (verdict != WORKS) return "correct what is marked !, the topmost first, and try again";
    if (!doctor->wants_upload) return "nothing; no destination is set, so profiles are written to files";
    return "nothing here; for a program of yours, `mutray status PROGRAM` shows what is instrumented in it";
}

static void find_compiler(struct doctor *doctor)
{
    static const char *const usual[] = {"gcc", "clang", "cc"};
    char *path = NULL;
    if (compiler != NULL) path = mutray_path_find(compiler);
    for (size_t i = 0; compiler == NULL && i < sizeof usual / sizeof usual[0]; i++) {
        path = mutray_path_find(usual[i]);
        if (path != NULL) compiler = usual[i];
    }
    if (path != NULL)
        doctor_add(doctor, DOCTOR_installation, DOCTOR_GOOD, "compiler", "%s", path);
    else
        doctor_add(doctor, DOCTOR_installation, DOCTOR_BAD, "compiler",
                   "%s is not in PATH; install one, or name it with --cc COMPILER",
                   compiler != NULL ? compiler : "none of gcc, clang, cc");
    if (path == NULL) compiler = NULL;
    free(path);
}

static void print_part(const struct doctor *doctor, enum doctor_part part)
{
    static const char *const marks[] = {"", "  ", "- ", "! "};
    size_t defaults = 0;
    printf("%s\n", doctor_part_heading(part));
    for (size_t i = 0; i < doctor->count; i++) {
        const struct doctor_finding *finding = &doctor->findings[i];
        if (finding->part != part) continue;
        defaults += finding->state == DOCTOR_DEFAULT;
        if (finding->state != DOCTOR_DEFAULT)
            printf("  %s%-30s %s\n", marks[finding->state], finding->name, finding->text);
    }
    if (defaults > 0) printf("    %zu variables are not set (`mutray doctor --json` shows them)\n", defaults);
    putchar('\n');
}

static void print_text(const struct doctor *doctor, enum verdict verdict)
{
#define X(name, heading) print_part(doctor, DOCTOR_##name);
    DOCTOR_PARTS(X)
#undef X
    printf("  Names locally  Names sent       Diagnosis\n");
    for (int i = WORKS; i <= PIPELINE; i++)
        printf("%s %-14s %-16s %s\n", i == (int)verdict ? ">" : " ", verdicts[i].local,
               i == WORKS && !doctor->wants_upload ? "no destination" : verdicts[i].sent, verdicts[i].meaning);
    printf("\nNext step: %s.\n", next_step(doctor, verdict));
}

static void print_json(const struct doctor *doctor, enum verdict verdict)
{
    struct mutray_json json = {.out = stdout};
    mutray_json_open(&json, NULL, '{');
#define X(part_name, heading)                                                                                          \
    mutray_json_open(&json, #part_name, '[');                                                                          \
    for (size_t i = 0; i < doctor->count; i++) {                                                                       \
        if (doctor->findings[i].part != DOCTOR_##part_name) continue;                                                  \
        mutray_json_open(&json, NULL, '{');                                                                            \
        mutray_json_text(&json, "name", doctor->findings[i].name);                                                     \
        mutray_json_text(&json, "state", doctor_state_name(doctor->findings[i].state));                                \
        mutray_json_text(&json, "text", doctor->findings[i].text);                                                     \
        mutray_json_close(&json, '}');                                                                                 \
    }                                                                                                                  \
    mutray_json_close(&json, ']');
    DOCTOR_PARTS(X)
#undef X
    mutray_json_bool(&json, "names_locally", doctor->named);
    if (doctor->wants_upload) mutray_json_bool(&json, "names_sent", doctor->delivered);
    mutray_json_text(&json, "diagnosis", verdicts[verdict].name);
    mutray_json_text(&json, "next_step", next_step(doctor, verdict));
    mutray_json_close(&json, '}');
}

int mutray_cmd_doctor(int argc, char **argv)
{
    struct doctor doctor = {0};
    int operands = mutray_options_parse("doctor", mutray_cmd_doctor_options, MUTRAY_OPERANDS_ANYWHERE, argc, argv);
    if (operands != 0) mutray_die("doctor: what is '%s'? It takes no file; `mutray status` does", argv[1]);
    doctor_check_configuration(&doctor);
    doctor_check_installation(&doctor);
    find_compiler(&doctor);
    doctor_check_destination(&doctor);
    if (compiler != NULL) doctor_test_itself(&doctor, compiler);
    enum verdict verdict = judge(&doctor);
    if (want_json)
        print_json(&doctor, verdict);
    else
        print_text(&doctor, verdict);
    doctor_free(&doctor);
    return (int)verdict;
}
