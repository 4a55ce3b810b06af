/* SPDX-License-Identifier: Apache-2.0 */
/* A plain program that runs the main() of a module. Usage: launcher MODULE ARGUMENTS... */
#include "survive.h"

#include <dlfcn.h>

int main(int argc, char **argv)
{
    void *module = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
    int (*run)(int, char **) = module != NULL ? (int (*)(int, char **))dlsym(module, "main") : NULL;
    CHECK(run != NULL);
    return run(argc - 1, argv + 1);
}
