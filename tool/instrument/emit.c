/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the edited text.
 *
 * Three kinds of edit: the name of a lock function becomes the name of the site's own function (in a macro's body, of a
 * name made from the line of the expansion); blocks of declarations go in front of the first top-level declaration that
 * needs them; the tables and the constructor go to the end. Inserted text stands inside linemarkers of a system header,
 * so no warning option of the program speaks of it, and is followed by a marker that restores file and line. A site's
 * function is marked as standing where the site does: inlined, its code belongs to the line of the call, for debuggers
 * that stop there and for gcov.
 *
 * Any plain word in the inserted text could be a macro of the program, so every name begins with `mutray__` and only the
 * reserved spellings of keywords are used. The structures repeat abi.h under such names; tests/unit/test_abi.c holds the
 * two against each other.
 */
#include "emit.h"

#include "functions.h"
#include "lex.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char emit_structures[] =
    "struct mutray__lock { __const char *mutray__variable, *mutray__declaration, *mutray__key; void *mutray__joined; };\n"
    "struct mutray__site { struct mutray__lock *mutray__l; __const char *mutray__variable, *mutray__file,"
    " *mutray__function; unsigned mutray__line; unsigned short mutray__what, mutray__flags;"
    " unsigned mutray__id, mutray__reserved; };\n"
    "struct mutray__creation { struct mutray__lock *mutray__l; __const char *mutray__file;"
    " __const void *mutray__address; unsigned long mutray__size, mutray__stride;"
    " unsigned mutray__line, mutray__flags; };\n"
    "struct mutray__unit { unsigned mutray__abi, mutray__site_count, mutray__lock_count, mutray__creation_count;"
    " struct mutray__site *mutray__s; struct mutray__lock *mutray__l; struct mutray__creation *mutray__c;"
    " void (*__const **mutray__o)(void); __const char *mutray__source; struct mutray__unit *mutray__next;"
    " long *mutray__h; };\n"
    "struct mutray__call { void *mutray__opaque[8]; };\n";

struct edit {
    size_t offset, length;
    size_t sequence; /* edits at one offset keep their order */
    struct buffer text;
};
typedef LIST(struct edit) edit_list;

struct emission {
    const struct unit *unit;
    struct arena *arena;
    edit_list edits;
};

static struct buffer *add_edit(struct emission *emission, size_t offset, size_t length)
{
    struct edit edit = {.offset = offset, .length = length, .sequence = emission->edits.count};
    *LIST_ADD(&emission->edits, emission->arena) = edit;
    return &emission->edits.items[emission->edits.count - 1].text;
}

const char *emit_quoted(struct arena *arena, const char *string)
{
    struct buffer text = {0};
    buffer_add(arena, &text, "\"", 1);
    for (; *string != '\0'; string++) {
        unsigned char c = (unsigned char)*string;
        if (c == '"' || c == '\\' || c == '?') buffer_format(arena, &text, "\\%c", c);
        else if (c < ' ' || c >= 0x7f) buffer_format(arena, &text, "\\%03o", c);
        else buffer_add(arena, &text, string, 1);
    }
    buffer_add(arena, &text, "\"", 1);
    return text.bytes;
}

static void enter_system(struct arena *arena, struct buffer *text)
{
    buffer_format(arena, text, "\n# 1 \"<mutray>\" 1 3\n");
}

/* Back to where the text was at `offset`. */
static void leave_system(const struct unit *unit, struct buffer *text, size_t offset)
{
    struct place place = text_place(&unit->text, offset);
    buffer_format(unit->arena, text, "# %u %s 2%s%s\n", place.line, emit_quoted(unit->arena, place.file),
                  place.system ? " 3" : "", place.extern_c ? " 4" : "");
}

#define SHIM_ATTRIBUTES "__attribute__((__always_inline__, __artificial__, __no_instrument_function__, __unused__)) "
#define SHIM "%s__inline__ " SHIM_ATTRIBUTES

/* In front of a site's function. An inline function of external linkage may use nothing static, but GNU's extern inline. */
static const char *storage(const struct site *site)
{
    return site->shared ? "extern __attribute__((__gnu_inline__)) " : "static ";
}

void emit_call(struct arena *arena, struct buffer *text, int number, const char *name, const char *site,
               const char *plain)
{
    const struct lock_function *function = &lock_functions[number];
    const char *parameters = function->parameters, *arguments = function->arguments;
    bool returns = function->returns[0] == 'i';
    buffer_format(arena, text,
                  "__inline__ " SHIM_ATTRIBUTES "%s %s%s"
                  " { void (*__const *mutray__o)(void) = __atomic_load_n(&mutray__ops, 0);"
                  " if (__builtin_expect(mutray__o != 0, 0)) %s((%s (*)(%.*s, struct mutray__site *))mutray__o[%d])"
                  "(%.*s, &%s); %s%s%s; }\n",
                  function->returns, name, parameters, returns ? "return " : "", function->returns,
                  (int)strlen(parameters) - 2, parameters + 1, number, (int)strlen(arguments) - 2, arguments + 1, site,
                  returns ? "return " : "else ", plain, arguments);
}

/* What stands where the text named a lock function: a function of the site's own or, for its address, of the module. */
void emit_reference(struct arena *arena, struct buffer *text, int number, const char *name)
{
    const struct lock_function *function = &lock_functions[number];
    buffer_format(arena, text,
                  "__attribute__((__weak__, __visibility__(\"hidden\"), __no_instrument_function__,"
                  " __no_profile_instrument_function__))"
                  " %s mutray__ref_%d%s { %s%s%s; }\n",
                  function->returns, number, function->parameters, function->returns[0] == 'i' ? "return " : "", name,
                  function->arguments);
}

static const char *site_name(const struct unit *unit, size_t number)
{
    const struct site *site = &unit->sites.items[number];
    if (site->referred) return arena_format(unit->arena, "mutray__ref_%d", site->function);
    return arena_format(unit->arena, "mutray__at_%zu", number);
}

static bool referred_before(const struct unit *unit, int function, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (unit->sites.items[i].referred && unit->sites.items[i].function == function) return true;
    return false;
}

/*
 * The inline function that a call of site `number` now names. Where the address is taken, a real one, the same for all
 * references in the module: pointers that were equal stay equal (and gcc refuses to call an always-inline function whose
 * address it has lost sight of).
 */
static void write_call_shim(const struct unit *unit, struct buffer *text, const struct site *site, size_t number)
{
    const struct lock_function *function = &lock_functions[site->function];
    if (site->referred && referred_before(unit, site->function, number)) return;
    buffer_add(unit->arena, text, storage(site), strlen(storage(site)));
    emit_call(unit->arena, text, site->function, arena_format(unit->arena, "mutray__at_%zu", number),
              arena_format(unit->arena, "mutray__sites[%zu]", number), function->name);
    if (site->referred)
        emit_reference(unit->arena, text, site->function, arena_format(unit->arena, "mutray__at_%zu", number));
}

/*
 * What an argument that hands a lock over, or a result that is a new lock, now goes through. A hand-over writes into the
 * runtime's thread-local memory: mutray__hints is its distance from the thread pointer, 0 while profiling is off.
 */
static void write_wrap_shim(const struct unit *unit, struct buffer *text, const struct site *site, size_t number)
{
    buffer_format(unit->arena, text, SHIM "%s mutray__at_%zu(%s mutray__0) ", storage(site), site->type, number, site->type);
    if (site->kind == SITE_HAND_OVER && !unit->expanded) {
        buffer_format(unit->arena, text,
                      "{ long mutray__h = __atomic_load_n(&mutray__hints, 0); if (__builtin_expect(mutray__h != 0, 0))"
                      " mutray__give((void *)mutray__0, &mutray__sites[%zu]) return mutray__0; }\n", number);
    } else {
        const char *name = site->kind == SITE_MADE ? "made" : "hand_over";
        buffer_format(unit->arena, text,
                      "{ if (__builtin_expect(__atomic_load_n(&mutray__hints, 0) != 0, 0))"
                      " mutray__%s((void *)mutray__0, &mutray__sites[%zu]); return mutray__0; }\n", name, number);
    }
}

/* A function that a configuration file describes: measured from outside. */
static void write_described_shim(const struct unit *unit, struct buffer *text, const struct site *site, size_t number)
{
    const struct lock_function *function = &lock_functions[site->function];
    bool returns = strcmp(site->type, "void") != 0;
    buffer_format(unit->arena, text,
                  SHIM "%s mutray__at_%zu%s"
                  " { if (__builtin_expect(__atomic_load_n(&mutray__hints, 0) != 0, 0)) { struct mutray__call mutray__c;%s%s"
                  " mutray__enter(&mutray__c, (void *)mutray__%d, &mutray__sites[%zu]); %s(%s)%s;"
                  " mutray__leave(&mutray__c, %s, %d);%s } %s(%s)%s; }\n",
                  storage(site), site->type, number, site->parameters, returns ? site->type : "", returns ? " mutray__r;" : "",
                  function->lock, number, returns ? "mutray__r = " : "", function->name, site->arguments,
                  !returns ? "1" : function->true_is_success ? "mutray__r != 0" : "mutray__r == 0", function->indirect ? 1 + site->own : 0,
                  returns ? " return mutray__r;" : " return;", returns ? "return " : "", function->name,
                  site->arguments);
}

static void write_shim(const struct unit *unit, struct buffer *text, const struct site *site, size_t number)
{
    struct place place = text_place(&unit->text, site->begin);
    if (site->referred) place = (struct place){.file = "<mutray>", .line = 1};
    buffer_format(unit->arena, text, "# %u %s 3\n", place.line, emit_quoted(unit->arena, place.file));
    if (site->kind == SITE_CALL) write_call_shim(unit, text, site, number);
    else if (site->kind == SITE_DESCRIBED) write_described_shim(unit, text, site, number);
    else write_wrap_shim(unit, text, site, number);
}

/* Several expansions share one spelling in a macro's body: is this the first site of it? */
static bool first_of_spelling(const struct unit *unit, size_t index)
{
    if (!unit->sites.items[index].macro) return false;
    for (size_t i = 0; i < index; i++)
        if (unit->sites.items[i].spelled == unit->sites.items[index].spelled) return false;
    return true;
}

/* What the name in a macro's body becomes on each line, as __LINE__ may give it, of a use between two offsets. */
static void write_line_names(const struct unit *unit, struct buffer *text, size_t macro, size_t begin, size_t end,
                             const char *target)
{
    unsigned first = text_place(&unit->text, begin).line, last = text_place(&unit->text, end).line;
    if (last < first || last - first > 1000) last = first;
    for (unsigned line = first; line <= last; line++)
        buffer_format(unit->arena, text, "#define mutray__m_%zu_%u %s\n", macro, line, target);
}

/* Macro uses that led to no site (dead code, unevaluated operands) keep their plain meaning. */
static void write_plain_uses(const struct unit *unit, struct buffer *text)
{
    for (size_t i = 0; i < unit->sites.count && unit->plain_uses.count != 0; i++) {
        const struct site *site = &unit->sites.items[i];
        if (!first_of_spelling(unit, i)) continue;
        for (size_t j = 0; j < unit->plain_uses.count; j++)
            write_line_names(unit, text, site->spelled, unit->plain_uses.items[j].begin, unit->plain_uses.items[j].end,
                             site->kind <= SITE_DESCRIBED ? lock_functions[site->function].name : "");
    }
}

const char emit_module[] =
    "extern void (*__const *mutray__ops)(void) __attribute__((__weak__, __visibility__(\"hidden\")));\n"
    "extern long mutray__hints __attribute__((__weak__, __visibility__(\"hidden\")));\n"
    "extern void mutray__hand_over(void *, struct mutray__site *)"
    " __attribute__((__weak__, __visibility__(\"default\")));\n"
    "extern void mutray__made(void *, struct mutray__site *) __attribute__((__weak__, __visibility__(\"default\")));\n"
    "extern void mutray__enter(struct mutray__call *, void *, struct mutray__site *)"
    " __attribute__((__weak__, __visibility__(\"default\")));\n"
    "extern void mutray__leave(struct mutray__call *, int, int) __attribute__((__weak__, __visibility__(\"default\")));\n";

const char emit_thread_pointer[] =
    "#if defined(__x86_64__) && !defined(__ILP32__)\n"
    "#define mutray__thread_pointer(mutray__t) __asm__(\"mov %%fs:0, %0\" : \"=r\"(mutray__t))\n"
    "#elif defined(__aarch64__)\n"
    "#define mutray__thread_pointer(mutray__t) __asm__(\"mrs %0, tpidr_el0\" : \"=r\"(mutray__t))\n"
    "#endif\n";

static void write_opening(const struct unit *unit, struct buffer *text)
{
    /* The program may have a `#pragma pack` in force, which must not reach what the runtime reads. */
    buffer_format(unit->arena, text, "#pragma pack(push, 16)\n%s#pragma pack(pop)\n", emit_structures);
    buffer_add(unit->arena, text, emit_module, strlen(emit_module));
    if (unit->sites.count != 0)
        buffer_format(unit->arena, text, "static struct mutray__site mutray__sites[%zu];\n", unit->sites.count);
    if (unit->expanded) return;
    buffer_add(unit->arena, text, emit_thread_pointer, strlen(emit_thread_pointer));
    buffer_format(unit->arena, text, "%s",
                  "#ifdef mutray__thread_pointer\n"
                  "#define mutray__give(mutray__m, mutray__s) { char *mutray__t; mutray__thread_pointer(mutray__t);"
                  " ((void **)(void *)(mutray__t + mutray__h))[0] = mutray__m;"
                  " ((void **)(void *)(mutray__t + mutray__h))[1] = mutray__s; }\n"
                  "#else\n"
                  "#define mutray__give(mutray__m, mutray__s) mutray__hand_over(mutray__m, mutray__s);\n"
                  "#endif\n"
                  "#define mutray__at(mutray__m) mutray__paste(mutray__m, __LINE__)\n"
                  "#define mutray__paste(mutray__m, mutray__l) mutray__paste2(mutray__m, mutray__l)\n"
                  "#define mutray__paste2(mutray__m, mutray__l) mutray__m_##mutray__m##_##mutray__l\n");
    write_plain_uses(unit, text);
}

/* Where the first macro use that leads to no site needs its definitions; SIZE_MAX if there is none. */
static size_t first_plain_use(const struct unit *unit)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < unit->plain_uses.count; i++)
        if (unit->plain_uses.items[i].begin < first) first = unit->plain_uses.items[i].begin;
    return first == SIZE_MAX ? first : scan_boundary_before(&unit->scan, first);
}

/* Blocks of shims, each in front of the top-level declaration that first needs it, and after the functions it calls. */
static void write_blocks(struct emission *emission)
{
    const struct unit *unit = emission->unit;
    size_t block = first_plain_use(unit);
    struct buffer *text = NULL;
    if (unit->sites.count != 0 && block < scan_boundary_before(&unit->scan, unit->sites.items[0].declaration)) {
        text = add_edit(emission, block, 0);
        enter_system(unit->arena, text);
        write_opening(unit, text);
    }
    for (size_t i = 0; i < unit->sites.count; i++) {
        const struct site *site = &unit->sites.items[i];
        size_t here = scan_boundary_before(&unit->scan, site->declaration);
        if (text == NULL || (block < site->needs && block < here)) {
            if (text != NULL) leave_system(unit, text, block);
            bool first = text == NULL;
            block = here;
            text = add_edit(emission, block, 0);
            enter_system(unit->arena, text);
            if (first) write_opening(unit, text);
        }
        write_shim(unit, text, site, i);
        if (!site->macro) continue;
        write_line_names(unit, text, site->spelled, site->begin, site->end, site_name(unit, i));
    }
    if (text != NULL) leave_system(unit, text, block);
}

static void write_names(struct emission *emission)
{
    const struct unit *unit = emission->unit;
    for (size_t i = 0; i < unit->sites.count; i++) {
        const struct site *site = &unit->sites.items[i];
        if (site->macro && !first_of_spelling(unit, i)) continue;
        bool call = site->kind <= SITE_DESCRIBED;
        struct buffer *text = add_edit(emission, site->spelled, call ? site->spelled_end - site->spelled : 0);
        /* As wide as what it replaces where that can be: then the columns of what follows stay what they were. */
        int width = call ? (int)(site->spelled_end - site->spelled) : 0;
        if (site->macro) buffer_format(unit->arena, text, "mutray__at(%zu)", site->spelled);
        else buffer_format(unit->arena, text, "%-*s", width, site_name(unit, i));
        if (call) continue;
        buffer_add(unit->arena, text, "(", 1);
        buffer_add(unit->arena, add_edit(emission, site->spelled_end, 0), ")", 1);
    }
}

/* What a site is, as in abi.h. */
int emit_what(const struct site *site)
{
    enum { HAND_OVER = 0xfffe, MADE = 0xffff, DESCRIBED = 0x8000 };
    const struct lock_function *function = &lock_functions[site->function];
    switch (site->kind) {
    case SITE_CALL: return site->function;
    case SITE_DESCRIBED: return DESCRIBED | (int)function->kind << 8 | (int)function->role;
    case SITE_HAND_OVER: return HAND_OVER;
    default: return MADE;
    }
}

int emit_flags(const struct named *named)
{
    return (named->array ? 1 : 0) | (named->pointer ? 2 : 0) | (named->parameter ? 4 : 0); /* MUTRAY__SITE_* */
}

static const char *lock_pointer(struct arena *arena, int lock)
{
    return lock < 0 ? "0" : arena_format(arena, "&mutray__locks[%d]", lock);
}

/* What the tables name may be a macro by now, at the end of the text. */
static void write_undefs(const struct unit *unit, struct buffer *text)
{
    struct lexer lexer;
    struct token token;
    for (size_t i = 0; i < unit->creations.count; i++) {
        const char *address = unit->creations.items[i].address;
        lex_begin(&lexer, address == NULL ? "" : address, address == NULL ? 0 : strlen(address));
        while ((token = lex_next(&lexer)).kind != TOKEN_END)
            if (token.kind == TOKEN_IDENTIFIER)
                buffer_format(unit->arena, text, "#undef %.*s\n", (int)token.length, address + token.offset);
    }
}

static void write_tables(const struct unit *unit, struct buffer *text)
{
    struct arena *arena = unit->arena;
    if (!unit->expanded) write_undefs(unit, text);
    if (unit->locks.count != 0) buffer_format(arena, text, "static struct mutray__lock mutray__locks[] = {\n");
    for (size_t i = 0; i < unit->locks.count; i++) {
        const struct lock *lock = &unit->locks.items[i];
        buffer_format(arena, text, "{ %s, %s, %s, 0 },\n", emit_quoted(arena, lock->variable),
                      emit_quoted(arena, lock->declaration), emit_quoted(arena, lock->key));
    }
    if (unit->locks.count != 0) buffer_format(arena, text, "};\n");
    if (unit->sites.count != 0)
        buffer_format(arena, text, "static struct mutray__site mutray__sites[%zu] = {\n", unit->sites.count);
    for (size_t i = 0; i < unit->sites.count; i++) {
        const struct site *site = &unit->sites.items[i];
        buffer_format(arena, text, "{ %s, %s, %s, %s, %u, %d, %d, 0, 0 },\n", lock_pointer(arena, site->named.lock),
                      emit_quoted(arena, site->named.variable), emit_quoted(arena, site->place.file),
                      emit_quoted(arena, site->enclosing), site->place.line,
                      emit_what(site), emit_flags(&site->named));
    }
    if (unit->sites.count != 0) buffer_format(arena, text, "};\n");
    if (unit->creations.count != 0)
        buffer_format(arena, text, "static struct mutray__creation mutray__creations[] = {\n");
    for (size_t i = 0; i < unit->creations.count; i++) {
        const struct creation *creation = &unit->creations.items[i];
        bool address = creation->address != NULL;
        buffer_format(arena, text, "{ %s, %s, %s%s%s, %s, %s, %u, %d },\n", lock_pointer(arena, creation->lock),
                      emit_quoted(arena, creation->place.file), address ? "(__const void *)&(" : "0",
                      address ? creation->address : "", address ? ")" : "", address ? creation->size : "0",
                      address ? creation->stride : "0", creation->place.line, creation->initialised ? 1 : 0);
    }
    if (unit->creations.count != 0) buffer_format(arena, text, "};\n");
}

void emit_record(struct arena *arena, struct buffer *text, const char *line)
{
    struct buffer assembly = {0};
    buffer_format(arena, &assembly, ".pushsection .mutray,\"\",%%progbits\n\t.string \"");
    for (; *line != '\0'; line++) {
        unsigned char c = (unsigned char)*line;
        if (c == '"' || c == '\\' || c < ' ' || c >= 0x7f) buffer_format(arena, &assembly, "\\%03o", c);
        else buffer_add(arena, &assembly, line, 1);
    }
    buffer_format(arena, &assembly, "\"\n\t.popsection");
    buffer_format(arena, text, "__asm__(%s);\n", emit_quoted(arena, assembly.bytes));
}

static void write_records(const struct unit *unit, struct buffer *text)
{
    size_t found, named, skipped;
    unit_counts(unit, &found, &named, &skipped);
    emit_record(unit->arena, text, arena_format(unit->arena, "mutray 1 unit %s instrumented found=%zu named=%zu skipped=%zu",
                                          unit->source, found, named, skipped));
    for (size_t i = 0; i < unit->skips.count; i++) {
        const struct skip *skip = &unit->skips.items[i];
        emit_record(unit->arena, text, arena_format(unit->arena, "mutray 1 skip %s:%u %s %s", skip->place.file,
                                              skip->place.line, skip->name, skip->reason));
    }
}

static void write_end(struct emission *emission)
{
    const struct unit *unit = emission->unit;
    struct arena *arena = unit->arena;
    struct buffer *text = add_edit(emission, unit->text.size, 0);
    enter_system(arena, text);
    if (unit->sites.count == 0) write_opening(unit, text);
    write_tables(unit, text);
    buffer_format(arena, text,
                  "void (*__const *mutray__ops)(void) __attribute__((__weak__, __visibility__(\"hidden\")));\n"
                  "long mutray__hints __attribute__((__weak__, __visibility__(\"hidden\")));\n"
                  "static struct mutray__unit mutray__this = { 1, %zu, %zu, %zu, %s, %s, %s, &mutray__ops, %s, 0,"
                  " &mutray__hints };\n",
                  unit->sites.count, unit->locks.count, unit->creations.count,
                  unit->sites.count != 0 ? "mutray__sites" : "0", unit->locks.count != 0 ? "mutray__locks" : "0",
                  unit->creations.count != 0 ? "mutray__creations" : "0", emit_quoted(arena, unit->source));
    static const char *const hooks[] = {"attach", "detach"}, *const kinds[] = {"constructor", "destructor"};
    for (int i = 0; i < 2; i++)
        buffer_format(arena, text,
                      "extern void mutray__%s(struct mutray__unit *)"
                      " __attribute__((__weak__, __visibility__(\"default\")));\n"
                      "static void mutray__%s_this(void) __attribute__((__%s__(101), __used__,"
                      " __no_instrument_function__, __no_profile_instrument_function__));\n"
                      "static void mutray__%s_this(void) { if (mutray__%s) mutray__%s(&mutray__this); }\n",
                      hooks[i], hooks[i], kinds[i], hooks[i], hooks[i], hooks[i]);
    write_records(unit, text);
    leave_system(unit, text, unit->text.size);
}

static int compare_edits(const void *left, const void *right)
{
    const struct edit *a = left, *b = right;
    if (a->offset != b->offset) return a->offset < b->offset ? -1 : 1;
    if ((a->length == 0) != (b->length == 0)) return a->length == 0 ? -1 : 1; /* what is inserted stands in front */
    return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

void unit_emit(const struct unit *unit, struct buffer *ret_text)
{
    struct emission emission = {.unit = unit, .arena = unit->arena};
    write_blocks(&emission);
    write_names(&emission);
    write_end(&emission);
    qsort(emission.edits.items, emission.edits.count, sizeof(struct edit), compare_edits);
    size_t at = 0;
    for (size_t i = 0; i < emission.edits.count; i++) {
        const struct edit *edit = &emission.edits.items[i];
        buffer_add(unit->arena, ret_text, unit->written + at, edit->offset - at);
        buffer_add(unit->arena, ret_text, edit->text.bytes, edit->text.length);
        at = edit->offset + edit->length;
    }
    buffer_add(unit->arena, ret_text, unit->written + at, unit->text.size - at);
}
