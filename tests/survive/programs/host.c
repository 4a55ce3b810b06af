/* SPDX-License-Identifier: Apache-2.0 */
/* Loads a module and lets it go, again and again, while a thread takes locks. Usage: host MODULE TIMES. */
#include "survive.h"

#include <dlfcn.h>
#include <stdatomic.h>

static pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool done;
static unsigned long used;

static void *load(void *unused)
{
    while (!done) {
        pthread_mutex_lock(&host_lock);
        used++;
        pthread_mutex_unlock(&host_lock);
        usleep(500);
    }
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    int times = argc > 2 ? atoi(argv[2]) : 1;
    CHECK(argc > 1);
    CHECK(pthread_create(&thread, NULL, load, NULL) == 0);
    for (int i = 0; i < times; i++) {
        void *module = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (module == NULL)
            fprintf(stderr, "%s\n", dlerror());
        CHECK(module != NULL);
        void (*use)(int) = (void (*)(int))dlsym(module, "module_use");
        use(2);
        CHECK(dlclose(module) == 0);
    }
    done = 1;
    pthread_join(thread, NULL);
    pthread_mutex_lock(&host_lock);
    used++;
    pthread_mutex_unlock(&host_lock);
    SAY_ACQUIRES(host_lock, used);
    SAY_ACQUIRES(module_lock, times * 2);
    return 0;
}
