/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs to make one profile: processor time, heap and bytes, for distinct samples of 15 frames each. The frames
 * are drawn at random from 10,000 calls in 2,000 functions of this program, so that hardly anything repeats: real
 * stacks share their outer half, and cost less to compress.
 *
 * Usage: bench_encode [SAMPLES...]; without: 1,000, 10,000 and 100,000. A line each: samples, milliseconds of processor
 * time, bytes of heap at most beyond what was there before, bytes before and after compression.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "encoder.h"

#define FRAMES 15
#define FUNCTIONS 2000
#define FUNCTION_SIZE 16
#define LOCKS 200
#define PLACES 1000
#define THREADS 64

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

/* The functions: bench_call0 and so on, each a few bytes that are never run. */
__asm__(".text\n"
        ".altmacro\n"
        ".macro bench_function n\n"
        ".type bench_call\\n, @function\n"
        "bench_call\\n: .fill " TEXT(
            FUNCTION_SIZE) ", 1, 0x90\n"
                           ".size bench_call\\n, " TEXT(
                               FUNCTION_SIZE) "\n"
                                              ".endm\n"
                                              "bench_functions:\n"
                                              ".set bench_number, 0\n"
                                              ".rept " TEXT(FUNCTIONS) "\n"
                                                                       "bench_function %bench_number\n"
                                                                       ".set bench_number, bench_number + 1\n"
                                                                       ".endr\n"
                                                                       ".noaltmacro\n");
extern const char bench_functions[];

/* --- the heap: what is allocated at the moment, and was at most --- */

static size_t heap_now, heap_most;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static void *count_in(void *block)
{
    heap_now += malloc_usable_size(block);
    if (heap_now > heap_most)
        heap_most = heap_now;
    return block;
}

void *malloc(size_t size)
{
    return count_in(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return count_in(__libc_calloc(count, size));
}

/* Both blocks count while one is copied into the other; one that libc moves by its pages alone counts as copied, too.
 */
void *realloc(void *block, size_t size)
{
    size_t before = malloc_usable_size(block);
    void *grown = __libc_realloc(block, size);
    count_in(grown);
    if (grown != NULL)
        heap_now -= before;
    return grown;
}

void free(void *block)
{
    heap_now -= malloc_usable_size(block);
    __libc_free(block);
}

/* --- the samples --- */

static struct mutray__place places[PLACES];
static struct mutray__lock_name locks[LOCKS];
static char names[PLACES][2][32], thread_names[THREADS][16];
static unsigned long sample_count;

static void make_tables(void)
{
    for (int i = 0; i < PLACES; i++) {
        sprintf(names[i][0], "/usr/src/program/file%d.c", i / 20);
        sprintf(names[i][1], "function_%d", i);
        places[i] = (struct mutray__place){names[i][0], names[i][1], 10 + (unsigned)i};
    }
    static char lock_names[LOCKS][2][32];
    for (int i = 0; i < LOCKS; i++) {
        sprintf(lock_names[i][0], "file%d.c:%d:lock_%d", i / 4, 100 + i, i);
        sprintf(lock_names[i][1], "object_%d.lock_%d", i / 4, i);
        locks[i] = (struct mutray__lock_name){lock_names[i][0], lock_names[i][1], "mutex"};
    }
    for (int i = 0; i < THREADS; i++)
        sprintf(thread_names[i], "worker-%d", i);
}

/* The same numbers in each run. */
static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % below);
}

static struct mutray__thread_label thread_label(uint32_t i)
{
    return (struct mutray__thread_label){0x7f0000000000 + i * 0x801000ul, 1000 + i, thread_names[i]};
}

/* A third each are uncontended acquires, contended ones and holds. */
static struct mutray__sample make_sample(unsigned long i, uint64_t *state, uintptr_t frames[static FRAMES])
{
    for (int f = 0; f < FRAMES; f++)
        frames[f] = (uintptr_t)bench_functions + draw(state, FUNCTIONS) * FUNCTION_SIZE + 3 * (draw(state, 5) + 1);
    bool contended = i % 3 == 1;
    return (struct mutray__sample){
        .event = i % 3 == 2 ? MUTRAY__EVENT_RELEASE : MUTRAY__EVENT_ACQUIRE,
        .mode = "",
        .lock = &locks[draw(state, LOCKS)],
        .leaf = &places[draw(state, PLACES)],
        .frames = frames,
        .frame_count = FRAMES,
        .thread = thread_label((uint32_t)(i * THREADS / sample_count)),
        .count = 1 + draw(state, 100),
        .time_ns = i % 3 == 0 ? 0 : draw(state, 1u << 30),
        .contended = contended,
        .bucket_ns = i % 3 == 0 ? 0 : (uint64_t)1 << draw(state, 20),
        .holder = contended ? &places[draw(state, PLACES)] : NULL,
        .holder_thread = contended ? thread_label(draw(state, THREADS)) : (struct mutray__thread_label){.name = ""},
    };
}

static void drain(mutray__visit visit, void *context, struct mutray__totals *ret_totals)
{
    uint64_t state = 1;
    uintptr_t frames[FRAMES];
    memset(ret_totals, 0, sizeof *ret_totals);
    for (unsigned long i = 0; i < sample_count; i++) {
        struct mutray__sample sample = make_sample(i, &state, frames);
        visit(&sample, context);
    }
}

static int measure_size(void *context, const void *bytes, size_t size)
{
    (void)bytes;
    *(size_t *)context += size;
    return 0;
}

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void drop(const struct mutray__sample *sample, void *context)
{
    (void)sample, (void)context;
}

static int measure(unsigned long samples)
{
    struct mutray__options options = {.capture_pct = 100};
    struct mutray__profile_facts facts = {.program = "bench", .options = &options};
    struct mutray__profile_summary summary;
    struct mutray__totals totals;
    size_t packed = 0;
    sample_count = samples;
    double start = cpu_ms();
    drain(drop, NULL, &totals); /* making the samples is not what is measured */
    double drawing = cpu_ms() - start;
    mutray__encoder.see_modules();
    size_t heap_before = heap_now;
    heap_most = heap_now;
    start = cpu_ms();
    int error = mutray__encoder.encode(&facts, drain, &(struct mutray__sink){measure_size, &packed}, &summary);
    double encoding = cpu_ms() - start - drawing;
    if (error != 0 || summary.samples != samples)
        return fprintf(stderr, "encode: %s, %lu of %lu samples\n", strerror(-error), (unsigned long)summary.samples,
                       samples),
               1;
    printf("%7lu samples %8.1f ms %8zu bytes of heap %8zu bytes written\n", samples, encoding, heap_most - heap_before,
           packed);
    fflush(stdout);
    return 0;
}

/* In a process of its own: what one profile leaves behind, such as symbols, is not to make the next one cheaper. */
static int measure_apart(unsigned long samples)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        exit(measure(samples));
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}


int main(int count, char **arguments)
{
    static char *usual[] = {"", "1000", "10000", "100000"};
    char **sizes = count > 1 ? arguments : usual;
    int last = count > 1 ? count - 1 : 3, failed = 0;
    make_tables();
    for (int i = 1; i <= last; i++)
        failed |= (last == 1 ? measure : measure_apart)(strtoul(sizes[i], NULL, 10));
    return failed;
}
