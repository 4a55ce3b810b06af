/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the headers that stand beside a mirror's sources.
 *
 * Each file with sites has a header of its own: a table of its locks, a table of its sites, and for each edited name
 * what it means: an inline function of the lock function's type. Where a file is compiled without <pthread.h> (another
 * configuration, dead code), the name means the plain function. A name in a macro's body means, on each line where the
 * macro is used, that line's own site: `mutray__file` says which file's lines are meant, and a line that nobody knows
 * of gives the plain function.
 *
 * A call whose text becomes a string, `assert(pthread_mutex_lock(&m) == 0)`, must stay as it is: from the include to
 * the end of such a file the function's own name is a macro of that kind.
 *
 * These are system headers to the compiler, so that no warning option speaks of them.
 */
#include "headers.h"

#include "instrument/emit.h"
#include "instrument/functions.h"

#include <string.h>

/* What must have been included for a function to be declared, told by macros of glibc and musl. */
static const struct availability {
    const char *name, *condition;
} availabilities[] = {
    {"threads", "defined _THREADS_H"},
    {"clock", "defined _PTHREAD_H && defined __USE_GNU"},
    {"posix", "defined _PTHREAD_H && (!defined __GLIBC__ || defined __USE_XOPEN2K)"},
    {"pthread", "defined _PTHREAD_H"},
};
enum { AVAILABILITIES = sizeof availabilities / sizeof availabilities[0] };

static const struct availability *availability_of(const char *function)
{
    bool base = strncmp(function, "pthread_mutex_", 14) == 0 || strncmp(function, "pthread_cond_", 13) == 0;
    if (strncmp(function, "pthread_", 8) != 0) return &availabilities[0];
    if (strstr(function, "_clock") != NULL) return &availabilities[1];
    return base && strcmp(function, "pthread_mutex_timedlock") != 0 ? &availabilities[3] : &availabilities[2];
}

static void write_frame(struct arena *arena, const struct file *file, const char *what, struct buffer *text)
{
    buffer_format(arena, text, "/* %s of %s, written by `mutray rewrite`: not for editing. */\n"
                               "#pragma GCC system_header\n#include \"", what, file->relative);
    for (const char *p = file->relative; (p = strchr(p, '/')) != NULL; p++) buffer_format(arena, text, "../");
    buffer_format(arena, text, COMMON_HEADER "\"\n");
}

/* Whichever of the file's two headers comes first has them. */
static void write_locks(struct arena *arena, const struct file *file, struct buffer *text)
{
    if (file->locks.count == 0) return;
    buffer_format(arena, text, "\n#ifndef mutray__known_%s\n#define mutray__known_%s\n"
                               "static struct mutray__lock mutray__locks_%s[] = {\n", file->tag, file->tag, file->tag);
    for (size_t i = 0; i < file->locks.count; i++) {
        const struct lock *lock = &file->locks.items[i];
        buffer_format(arena, text, "    {%s, %s, %s, 0},\n", emit_quoted(arena, lock->variable),
                      emit_quoted(arena, lock->declaration), emit_quoted(arena, lock->key));
    }
    buffer_format(arena, text, "};\n#endif\n");
}

static const char *lock_address(struct arena *arena, const struct file *file, int lock)
{
    return lock < 0 ? "0" : arena_format(arena, "&mutray__locks_%s[%d]", file->tag, lock);
}

static void write_sites(struct arena *arena, const struct file *file, struct buffer *text)
{
    buffer_format(arena, text, "\n/* lock, variable, file, function, line, what, flags */\n"
                               "static struct mutray__site mutray__sites_%s[] = {\n", file->tag);
    for (size_t i = 0; i < file->uses.count; i++) {
        const struct use *use = file->uses.items[i];
        struct site site = {.kind = use->point->kind, .function = use->point->function};
        buffer_format(arena, text, "    {%s, %s, %s, %s, %u, %d, %d, 0, 0},\n",
                      lock_address(arena, file, use->named.lock), emit_quoted(arena, use->named.variable),
                      emit_quoted(arena, file->relative), emit_quoted(arena, use->enclosing), use->line,
                      emit_what(&site), emit_flags(&use->named));
    }
    buffer_format(arena, text, "};\n");
}

/* The name that stands for a site: in the text, or chosen by a macro. */
static const char *site_name(struct arena *arena, const struct file *file, const struct use *use)
{
    if (!point_by_line(use->point)) return use->point->name;
    return arena_format(arena, "mutray__at_%s_%zu", file->tag, use->number);
}

static void write_calls(struct arena *arena, const struct file *file, const struct availability *availability,
                        bool several, struct buffer *text)
{
    struct buffer functions = {0}, plain = {0};
    for (size_t i = 0; i < file->uses.count; i++) {
        const struct use *use = file->uses.items[i];
        const char *function = use->point->kind == SITE_CALL ? lock_functions[use->point->function].name : NULL;
        if (function == NULL || availability_of(function) != availability) continue;
        const char *name = site_name(arena, file, use), *call = name;
        if (several) buffer_format(arena, &functions, "#undef %s\n", name);
        if (use->referred) call = arena_format(arena, "mutray__by_%s_%zu", file->tag, use->number);
        buffer_format(arena, &functions, "mutray__call_%s(%s, %s, mutray__sites_%s[%zu])\n", function,
                      use->shared && !use->referred ? "mutray__shared" : "static", call, file->tag, use->number);
        if (use->referred)
            buffer_format(arena, &functions, "#ifndef mutray__referred_%d\n#define mutray__referred_%d\n"
                                             "mutray__reference_%s(%s)\n#endif\n#define %s mutray__ref_%d\n",
                          use->point->function, use->point->function, function, call, name, use->point->function);
        buffer_format(arena, &plain, "#define %s %s\n", name, function);
    }
    if (functions.length == 0) return;
    buffer_format(arena, text, "\n#if mutray__has_%s\n", availability->name);
    buffer_format(arena, text, "#ifndef mutray__%s_%s\n#define mutray__%s_%s\n", availability->name, file->tag,
                  availability->name, file->tag);
    buffer_add(arena, text, functions.bytes, functions.length);
    buffer_format(arena, text, "#endif\n#else\n%s#endif\n", plain.bytes);
}

static void write_wraps(struct arena *arena, const struct file *file, struct buffer *text)
{
    for (size_t i = 0; i < file->uses.count; i++) {
        const struct use *use = file->uses.items[i];
        if (use->point->kind <= SITE_DESCRIBED) continue;
        buffer_format(arena, text, "#define %s(...) mutray__%s_at((__VA_ARGS__), &mutray__sites_%s[%zu])\n",
                      site_name(arena, file, use), use->point->kind == SITE_MADE ? "made" : "hand_over", file->tag,
                      use->number);
    }
}

/* Which site a macro's name means on which of this file's lines. */
static void write_lines(struct arena *arena, const struct file *file, struct buffer *text)
{
    for (size_t i = 0; i < file->uses.count; i++) {
        const struct use *use = file->uses.items[i];
        if (!point_by_line(use->point)) continue;
        for (unsigned line = use->first_line; line <= use->last_line; line++)
            buffer_format(arena, text, "#define mutray__%s_mutray__in_%s_%u 0, %s\n", use->point->id, file->tag, line,
                          site_name(arena, file, use));
    }
}

static void write_macro_names(struct arena *arena, const struct file *file, struct buffer *text)
{
    for (size_t i = 0; i < file->points.count; i++) {
        const struct point *point = file->points.items[i];
        if (!point->macro) continue;
        buffer_format(arena, text, "#define %s mutray__use(mutray__%s, mutray__file, __LINE__, %s)\n", point->name,
                      point->id, point->kind == SITE_CALL ? lock_functions[point->function].name : "mutray__same");
    }
}

static bool uses_macros(const struct file *file)
{
    for (size_t i = 0; i < file->uses.count; i++)
        if (point_by_line(file->uses.items[i]->point)) return true;
    return false;
}

/* The first kept point of its function: the functions whose own names are macros in this file. */
static bool first_kept(const struct file *file, size_t index)
{
    if (!file->points.items[index]->kept) return false;
    for (size_t i = 0; i < index; i++)
        if (file->points.items[i]->kept && file->points.items[i]->function == file->points.items[index]->function)
            return false;
    return true;
}

/* From here to the end of the file, lines mean this file's lines. */
static void write_inside(struct arena *arena, const struct file *file, struct buffer *text)
{
    buffer_format(arena, text, "\n#ifndef mutray__inside_%s\n#define mutray__inside_%s\n"
                               "#pragma push_macro(\"mutray__file\")\n#undef mutray__file\n"
                               "#define mutray__file mutray__in_%s\n", file->tag, file->tag, file->tag);
    for (size_t i = 0; i < file->points.count; i++) {
        if (!first_kept(file, i)) continue;
        const char *name = lock_functions[file->points.items[i]->function].name;
        buffer_format(arena, text, "#pragma push_macro(\"%s\")\n"
                                   "#define %s mutray__use(mutray__api_%s, mutray__file, __LINE__, %s)\n",
                      name, name, name, name);
    }
    buffer_format(arena, text, "#endif\n");
}

static void write_outside(struct arena *arena, const struct file *file, struct buffer *text)
{
    buffer_format(arena, text, "\n#ifdef mutray__inside_%s\n#undef mutray__inside_%s\n", file->tag, file->tag);
    for (size_t i = 0; i < file->points.count; i++) {
        if (!first_kept(file, i)) continue;
        const char *name = lock_functions[file->points.items[i]->function].name;
        buffer_format(arena, text, "#undef %s\n#pragma pop_macro(\"%s\")\n", name, name);
    }
    buffer_format(arena, text, "#undef mutray__file\n#pragma pop_macro(\"mutray__file\")\n#endif\n");
}

static void write_record(struct arena *arena, const struct file *file, struct buffer *text)
{
    size_t found = 0, named = 0;
    for (size_t i = 0; i < file->uses.count; i++) {
        if (file->uses.items[i]->point->kind > SITE_DESCRIBED) continue;
        found++;
        named += file->uses.items[i]->named.variable[0] != '\0';
    }
    emit_record(arena, text, arena_format(arena, "mutray 1 unit %s instrumented found=%zu named=%zu skipped=0",
                                          file->relative, found, named));
}

bool file_needs_header(const struct file *file)
{
    return file->uses.count != 0 || file->points.count != 0;
}

void write_header(struct arena *arena, const struct file *file, bool several, struct buffer *ret_text)
{
    const char *tag = file->tag;
    write_frame(arena, file, "The lock calls", ret_text);
    buffer_format(arena, ret_text, "#pragma push_macro(\"mutray__file\")\n#undef mutray__file\n");
    buffer_format(arena, ret_text, "\n#ifndef mutray__begun_%s\n#define mutray__begun_%s\n", tag, tag);
    if (file->uses.count != 0) {
        write_locks(arena, file, ret_text);
        write_sites(arena, file, ret_text);
        buffer_format(arena, ret_text, "\nmutray__unit(sites_%s, %s, mutray__sites_%s, %zu, %s, %zu, 0, 0)\n", tag,
                      emit_quoted(arena, file->relative), tag, file->uses.count,
                      file->locks.count == 0 ? "0" : arena_format(arena, "mutray__locks_%s", tag), file->locks.count);
        write_record(arena, file, ret_text);
    }
    write_wraps(arena, file, ret_text);
    write_lines(arena, file, ret_text);
    write_macro_names(arena, file, ret_text);
    buffer_format(arena, ret_text, "#endif\n");
    for (int i = 0; i < AVAILABILITIES; i++) write_calls(arena, file, &availabilities[i], several, ret_text);
    buffer_format(arena, ret_text, "#pragma pop_macro(\"mutray__file\")\n");
    if (uses_macros(file)) write_inside(arena, file, ret_text);
}

bool file_needs_end(const struct file *file)
{
    return file->creations.count != 0 || uses_macros(file);
}

/* The same condition may not mean the same a second time. */
static bool conditions_stand(const struct source *source, int branch, int around)
{
    for (; branch > 0 && !source_encloses(source, branch, around); branch = source->branches.items[branch].parent)
        for (int b = branch; b >= 0; b = source->branches.items[b].previous) {
            const struct branch *one = &source->branches.items[b];
            const char *text = source->text.bytes + one->begin;
            if (memmem(text, one->end - one->begin, "__COUNTER__", 11) != NULL ||
                memmem(text, one->end - one->begin, "__LINE__", 8) != NULL ||
                memmem(text, one->end - one->begin, "__INCLUDE_LEVEL__", 17) != NULL)
                return false;
        }
    return true;
}

/* The conditions a definition is under, as its author wrote them, but for those that are around our include as well. */
static int open_conditions(struct arena *arena, const struct source *source, int branch, int around,
                           struct buffer *text)
{
    if (branch <= 0 || source_encloses(source, branch, around)) return 0;
    const struct branch *items = source->branches.items;
    int open = open_conditions(arena, source, items[branch].parent, around, text);
    int chain[256], count = 0;
    for (int b = branch; b >= 0 && count < 256; b = items[b].previous) chain[count++] = b;
    while (count-- > 0) {
        const struct branch *one = &items[chain[count]];
        buffer_add(arena, text, source->text.bytes + one->begin, one->end - one->begin);
        buffer_add(arena, text, "\n", 1);
    }
    return open + 1;
}

/* Words of addresses that are macros somewhere in the program mean themselves for a while. */
static void write_hidden(struct arena *arena, const struct file *file, bool before, struct buffer *text)
{
    for (size_t i = 0; i < file->creations.count; i++) {
        const struct made *made = &file->creations.items[i];
        if (!made->hidden || made->creation.address == NULL) continue;
        struct lexer lexer;
        struct token token;
        lex_begin(&lexer, made->creation.address, strlen(made->creation.address));
        while ((token = lex_next(&lexer)).kind != TOKEN_END) {
            const char *word = made->creation.address + token.offset;
            int length = (int)token.length;
            if (token.kind != TOKEN_IDENTIFIER) continue;
            buffer_format(arena, text, "#pragma %s_macro(\"%.*s\")\n", before ? "push" : "pop", length, word);
            if (before) buffer_format(arena, text, "#undef %.*s\n", length, word);
        }
    }
}

static void write_creations(struct arena *arena, const struct file *file, struct buffer *text)
{
    write_locks(arena, file, text);
    write_hidden(arena, file, true, text);
    buffer_format(arena, text, "\n/* lock, file, address, size, stride, line, initialised */\n"
                               "static struct mutray__creation mutray__creations_%s[] = {\n", file->tag);
    for (size_t i = 0; i < file->creations.count; i++) {
        const struct made *made = &file->creations.items[i];
        const struct creation *creation = &made->creation;
        bool stands = conditions_stand(&file->source, made->branch, file->source.body);
        bool address = creation->address != NULL && stands;
        int open = stands ? open_conditions(arena, &file->source, made->branch, file->source.body, text) : 0;
        buffer_format(arena, text, "    {%s, %s, ", lock_address(arena, file, creation->lock),
                      emit_quoted(arena, file->relative));
        if (address) buffer_format(arena, text, "(__const void *)&(%s), %s, %s", creation->address, creation->size,
                                   creation->stride);
        else buffer_format(arena, text, "0, 0, 0");
        buffer_format(arena, text, ", %u, %d},\n", creation->place.line, creation->initialised ? 1 : 0);
        while (open-- > 0) buffer_format(arena, text, "#endif\n");
    }
    buffer_format(arena, text, "    {0, 0, 0, 0, 0, 0, 0} /* the end */\n};\n"
                               "mutray__unit(creations_%s, %s, 0, 0, mutray__locks_%s, %zu, mutray__creations_%s,"
                               " sizeof mutray__creations_%s / sizeof mutray__creations_%s[0] - 1)\n",
                  file->tag, emit_quoted(arena, file->relative), file->tag, file->locks.count, file->tag, file->tag,
                  file->tag);
    write_hidden(arena, file, false, text);
    if (file->uses.count == 0) write_record(arena, file, text);
}

void write_end(struct arena *arena, const struct file *file, struct buffer *ret_text)
{
    const char *tag = file->tag;
    write_frame(arena, file, "The end", ret_text);
    if (uses_macros(file)) write_outside(arena, file, ret_text);
    if (file->creations.count == 0) return;
    buffer_format(arena, ret_text, "\n#if (mutray__has_pthread || mutray__has_threads) && !defined mutray__ended_%s\n"
                                   "#define mutray__ended_%s\n", tag, tag);
    write_creations(arena, file, ret_text);
    buffer_format(arena, ret_text, "#endif\n");
}

/* A definition of several lines as a macro: the lines are joined. */
static void add_joined(struct arena *arena, struct buffer *text, const char *lines)
{
    for (; *lines != '\0'; lines++)
        if (*lines != '\n') buffer_add(arena, text, lines, 1);
        else if (lines[1] != '\0') buffer_add(arena, text, " \\\n", 3);
    buffer_add(arena, text, "\n", 1);
}

static const char common_macros[] =
    "/* An inline function of external linkage may name nothing static: its sites are such functions. */\n"
    "#define mutray__shared extern __attribute__((__gnu_inline__))\n"
    "\n"
    "/* A lock handed over to a function, or made by one. */\n"
    "mutray__shared __inline__ __attribute__((__always_inline__, __artificial__, __no_instrument_function__))\n"
    "void mutray__give(void *mutray__0, struct mutray__site *mutray__s)\n"
    "{\n"
    "    long mutray__h = __atomic_load_n(&mutray__hints, 0);\n"
    "    if (__builtin_expect(mutray__h != 0, 0)) {\n"
    "#ifdef mutray__thread_pointer\n"
    "        char *mutray__t;\n"
    "        mutray__thread_pointer(mutray__t);\n"
    "        ((void **)(void *)(mutray__t + mutray__h))[0] = mutray__0;\n"
    "        ((void **)(void *)(mutray__t + mutray__h))[1] = mutray__s;\n"
    "#else\n"
    "        mutray__hand_over(mutray__0, mutray__s);\n"
    "#endif\n"
    "    }\n"
    "}\n"
    "#define mutray__hand_over_at(mutray__m, mutray__s) \\\n"
    "    __extension__({ __auto_type mutray__0 = mutray__m; mutray__give((void *)mutray__0, mutray__s); mutray__0; })\n"
    "#define mutray__made_at(mutray__m, mutray__s) \\\n"
    "    __extension__({ __auto_type mutray__0 = mutray__m; \\\n"
    "        if (__builtin_expect(__atomic_load_n(&mutray__hints, 0) != 0, 0)) \\\n"
    "            mutray__made((void *)mutray__0, mutray__s); \\\n"
    "        mutray__0; })\n"
    "#define mutray__same(...) (__VA_ARGS__)\n"
    "\n"
    "/* What a macro's name means on this line of this file: its site there, or, if there is none, `plain`. */\n"
    "#define mutray__use(point, file, line, plain) mutray__use2(point, file, line, plain)\n"
    "#define mutray__use2(point, file, line, plain) mutray__second(point##_##file##_##line, plain)\n"
    "#define mutray__second(...) mutray__second2(__VA_ARGS__, 0)\n"
    "#define mutray__second2(first, second, ...) second\n"
    "\n"
    "/* Tables for the runtime, if the process has one. */\n"
    "#define mutray__unit(id, source, sites, site_count, locks, lock_count, creations, creation_count) \\\n"
    "    static struct mutray__unit mutray__unit_##id = {1, site_count, lock_count, creation_count, \\\n"
    "        sites, locks, creations, &mutray__ops, source, 0, &mutray__hints}; \\\n"
    "    mutray__hook(attach, constructor, id) mutray__hook(detach, destructor, id)\n"
    "#define mutray__hook(hook, kind, id) \\\n"
    "    static void mutray__##hook##_##id(void) \\\n"
    "        __attribute__((__##kind##__(101), __used__, __no_instrument_function__)); \\\n"
    "    static void mutray__##hook##_##id(void) { if (mutray__##hook) mutray__##hook(&mutray__unit_##id); }\n"
    "extern void mutray__attach(struct mutray__unit *) __attribute__((__weak__, __visibility__(\"default\")));\n"
    "extern void mutray__detach(struct mutray__unit *) __attribute__((__weak__, __visibility__(\"default\")));\n"
    "void (*__const *mutray__ops)(void) __attribute__((__weak__, __visibility__(\"hidden\")));\n"
    "long mutray__hints __attribute__((__weak__, __visibility__(\"hidden\")));\n"
    "\n"
    "/* Each lock function as a site calls it. */\n";

void write_common_header(struct arena *arena, struct buffer *ret_text)
{
    buffer_format(arena, ret_text, "/* What a mirror's headers share, written by `mutray rewrite`: not for editing. */\n"
                                   "#pragma GCC system_header\n\n#ifndef MUTRAY__MIRROR\n#define MUTRAY__MIRROR\n\n"
                                   "#pragma pack(push, 16)\n%s#pragma pack(pop)\n%s\n%s\n%s", emit_structures,
                  emit_module, emit_thread_pointer, common_macros);
    for (size_t i = 0; i < lock_function_count; i++) {
        const char *name = lock_functions[i].name;
        if (lock_functions[i].described) break;
        struct buffer function = {0};
        emit_call(arena, &function, (int)i, "mutray__name", "mutray__site_",
                  arena_format(arena, "(%s)", name));
        buffer_format(arena, ret_text, "#define mutray__call_%s(mutray__storage, mutray__name, mutray__site_) \\\n"
                                       "mutray__storage ", name);
        add_joined(arena, ret_text, function.bytes);
        struct buffer reference = {0};
        emit_reference(arena, &reference, (int)i, "mutray__name");
        buffer_format(arena, ret_text, "#define mutray__reference_%s(mutray__name) \\\n", name);
        add_joined(arena, ret_text, reference.bytes);
    }
    buffer_format(arena, ret_text, "#endif\n\n/* What is declared by now. */\n");
    for (int i = 0; i < AVAILABILITIES; i++)
        buffer_format(arena, ret_text, "#undef mutray__has_%s\n#if %s\n#define mutray__has_%s 1\n#else\n"
                                       "#define mutray__has_%s 0\n#endif\n", availabilities[i].name,
                      availabilities[i].condition, availabilities[i].name, availabilities[i].name);
}
