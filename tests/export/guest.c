/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program to be profiled, for tests/export/process_test.py: does what its arguments say, one after the other.
 * `threads` prints the number of its threads, `on` whether recording is on.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

#include "fake_record.h"
#include "mutray/mutray.h"

static int descriptors_at_start;

static void *short_life(void *unused)
{
    return unused;
}

static void *longer_life(void *unused)
{
    usleep(300000);
    fake_record_event();
    puts("last thread");
    fflush(stdout);
    return unused;
}

static int c11_life(void *unused)
{
    (void)unused;
    return 0;
}

static int count_tasks(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *task; (task = readdir(tasks)) != NULL;)
        count += task->d_name[0] != '.';
    closedir(tasks);
    return count;
}

/* A thread that was joined may still be on its way out of the kernel: the least that is seen for a while. */
static int count_threads(void)
{
    int least = count_tasks();
    for (int i = 0; i < 20; i++) {
        usleep(5000);
        int count = count_tasks();
        least = count < least ? count : least;
    }
    return least;
}

static void at_exit_event(void)
{
    fake_record_event();
}

static void exit_on_signal(int signal)
{
    (void)signal;
    exit(7);
}

static void start_threads_with_signals(void)
{
    sigset_t before, after;
    pthread_t thread;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    pthread_create(&thread, NULL, short_life, NULL);
    pthread_join(thread, NULL);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int signal = 1; signal < SIGRTMAX; signal++)
        if (sigismember(&before, signal) != sigismember(&after, signal))
            printf("signal %d changed in the mask\n", signal);
}

static void fork_child(const char *then, char **rest, int (*act)(char **))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int result = act(rest);
        fflush(stdout);
        if (strcmp(then, "_exit") == 0)
            _exit(result);
        exit(result);
    }
    int status;
    waitpid(child, &status, 0);
    printf("child %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

#ifndef GUEST_IS_STATIC
/* The program uses OpenSSL for itself, so that OpenSSL's exit handler is registered now. */
static void use_openssl(void)
{
    void *crypto = dlopen("libcrypto.so.3", RTLD_NOW);
    int (*random)(unsigned char *, int) = crypto == NULL ? NULL : (int (*)(unsigned char *, int))dlsym(crypto, "RAND_bytes");
    unsigned char bytes[8];
    printf("openssl %d\n", random == NULL ? -1 : random(bytes, sizeof bytes));
}

/*
 * In front of libc's, for the exporter too: with GUEST_SLOW_LOADER set, whoever looks at the modules holds the dynamic
 * loader's lock for long.
 */
struct slow {
    int (*callback)(struct dl_phdr_info *, size_t, void *);
    void *context;
};

static int slowly(struct dl_phdr_info *info, size_t size, void *context)
{
    struct slow *slow = context;
    usleep(5000);
    return slow->callback(info, size, slow->context);
}

/* A sanitizer calls it before it is ready to have it looked after. */
__attribute__((visibility("default"), no_sanitize("address", "undefined", "thread"))) int dl_iterate_phdr(int (*callback)(struct dl_phdr_info *, size_t, void *),
                                                           void *context)
{
    static __typeof__(&dl_iterate_phdr) next;
    struct slow slow = {callback, context};
    if (next == NULL)
        next = (__typeof__(next))dlsym(RTLD_NEXT, "dl_iterate_phdr");
    return getenv("GUEST_SLOW_LOADER") == NULL ? next(callback, context) : next(slowly, &slow);
}

static int see_one(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)info, (void)size, (void)context;
    return 0;
}

/* A child that needs the dynamic loader's locks; SIGALRM ends it if it does not get them. */
static void fork_dlopen(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        alarm(10);
        unsetenv("GUEST_SLOW_LOADER");
        dl_iterate_phdr(see_one, NULL);
        void *library = dlopen("libm.so.6", RTLD_NOW);
        _exit(library == NULL);
    }
    waitpid(child, &status, 0);
    if (status != 0)
        printf("child ended with %d\n", status);
}
#endif

/* Of this process, as far as they are not its folder of them. */
static int count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count - 3; /* with . and .. and the folder itself */
}

static void list_descriptors(void)
{
    printf("has %d\n", count_descriptors());
    fflush(stdout);
}

/* Until there is a connection. */
static void await_upload(void)
{
    for (int i = 0; count_descriptors() <= descriptors_at_start && i < 60000; i++)
        usleep(1000);
}

static int act(char **words)
{
    for (; *words != NULL; words++) {
        const char *word = *words;
        if (strcmp(word, "event") == 0) {
            fake_record_event();
        } else if (strcmp(word, "events") == 0) {
            for (int i = 0; i < 1000; i++)
                fake_record_event();
        } else if (strcmp(word, "on") == 0) {
            printf("on %d\n", fake_record_is_on());
        } else if (strcmp(word, "threads") == 0) {
            printf("threads %d\n", count_threads());
        } else if (strcmp(word, "thread") == 0) {
            start_threads_with_signals();
        } else if (strcmp(word, "c11thread") == 0) {
            thrd_t thread;
            thrd_create(&thread, c11_life, NULL);
            thrd_join(thread, NULL);
        } else if (strcmp(word, "flush") == 0) {
            errno = 123;
            int result = mutray_flush();
            printf("flush %s%s\n", result == 0 ? "ok" : strerror(-result), errno == 123 ? "" : " errno changed");
        } else if (strcmp(word, "version") == 0) {
            printf("version %s\n", mutray_version());
        } else if (strcmp(word, "sleep") == 0) {
            usleep(250000);
        } else if (strcmp(word, "atexit") == 0) {
            atexit(at_exit_event);
        } else if (strcmp(word, "fork") == 0 || strcmp(word, "fork_exit") == 0) {
            fork_child(word[4] == '\0' ? "_exit" : "exit", words + 1, act);
            return 0;
        } else if (strcmp(word, "descriptors") == 0) {
            fflush(stdout);
            if (system("exec ls /proc/self/fd") != 0) /* what a program that is started here inherits */
                return 1;
            list_descriptors();
        } else if (strcmp(word, "own_descriptors") == 0) {
            list_descriptors();
        } else if (strcmp(word, "uploading") == 0) {
            await_upload();
        } else if (strcmp(word, "daemon") == 0) {
            fflush(stdout);
            if (daemon(1, 1) != 0)
                return 1;
        } else if (strcmp(word, "chdir") == 0) {
            if (chdir("/") != 0)
                return 1;
        } else if (strcmp(word, "exit_in_handler") == 0) {
            signal(SIGUSR1, exit_on_signal);
            raise(SIGUSR1);
        } else if (strcmp(word, "quick_exit") == 0) {
            fflush(stdout);
            quick_exit(5);
        } else if (strcmp(word, "_exit") == 0) {
            fflush(stdout);
            _exit(6);
        } else if (strcmp(word, "pthread_exit") == 0) {
            pthread_t thread;
            pthread_create(&thread, NULL, longer_life, NULL);
            pthread_detach(thread);
            pthread_exit(NULL);
#ifndef GUEST_IS_STATIC
        } else if (strcmp(word, "openssl") == 0) {
            use_openssl();
        } else if (strcmp(word, "fork_dlopen") == 0) {
            fork_dlopen();
#endif
        } else {
            fprintf(stderr, "guest: unknown word %s\n", word);
            return 2;
        }
    }
    return 0;
}

int main(int count, char **words)
{
    (void)count;
    descriptors_at_start = count_descriptors();
    return act(words + 1);
}
