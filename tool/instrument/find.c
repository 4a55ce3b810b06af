/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the lock calls of a unit.
 *
 * libclang parses the very text the compiler will see. Its tree tells which names really are the C library's functions
 * (not a member or a local of that name), what each call hands over, and which code is live; it also tells where a token
 * is *spelled*, in the program's text or in the body of a macro. Diagnostics are ignored: GCC's headers and extensions
 * give clang many harmless errors. What recovery from errors may have lost shows in the scan (lexical.c).
 */
#include "creations.h"
#include "functions.h"
#include "lexical.h"
#include "names.h"
#include "references.h"
#include "wrappers.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Where we are in the tree. */
struct context {
    struct unit *unit;
    size_t declaration;    /* where the top-level declaration begins */
    const char *enclosing; /* function */
    bool shared;           /* which is inline and of external linkage */
    bool unevaluated;      /* in an operand of sizeof and its like */
    const char **verdicts; /* by function number: why it is not the C library's, NULL if it is */
    const char **trouble;  /* set when the unit needs its text expanded */
    CXCursor chosen_for;   /* a call whose callee is `_Generic`, while the functions to choose from are visited */
};

/* An arena of definitions that make clang read what GCC writes. Macros, not typedefs: `_Complex _Float128` must parse. */
static const char *const parse_arguments[] = {
    "-x", "c", "-undef", "-nostdinc", "-w", "-ferror-limit=0", "-fno-spell-checking",
    "-Wno-implicit-function-declaration", "-Wno-implicit-int", "-Wno-int-conversion",
    "-Wno-incompatible-function-pointer-types",
    "-D_Float32=float", "-D_Float64=double", "-D_Float32x=double", "-D_Float64x=long double",
    "-D_Float128=__float128", "-D_Decimal32=float", "-D_Decimal64=double", "-D_Decimal128=long double",
    "-D__builtin_va_arg_pack()=0", "-D__builtin_va_arg_pack_len()=0",
};
#define PARSE_ARGUMENTS (sizeof parse_arguments / sizeof parse_arguments[0])

static bool is_programs_own(struct unit *unit, CXCursor declaration)
{
    return !cursor_place(unit, clang_getCanonicalCursor(declaration)).system;
}

static bool makes_locks(int function)
{
    return lock_functions[function].role == ROLE_INIT && lock_functions[function].indirect;
}

/*
 * The number of the lock function that a declaration is of, or -1. What a shipped file describes is a library as installed:
 * a function of that name that the program declares itself, or that the unit defines, is a wrapper like others, and names
 * travel through it. But one that makes a lock through a pointer's address gives the lock its name here, too.
 */
static int function_of(struct unit *unit, CXCursor declaration)
{
    if (clang_getCursorKind(declaration) != CXCursor_FunctionDecl) return -1;
    CXString name = clang_getCursorSpelling(declaration);
    const char *bytes = clang_getCString(name);
    int function = bytes == NULL ? -1 : lock_function_find(bytes, strlen(bytes));
    clang_disposeString(name);
    if (function < 0 || !lock_functions[function].described || makes_locks(function)) return function;
    bool own = !lock_functions[function].anywhere && is_programs_own(unit, declaration);
    return own || !clang_Cursor_isNull(clang_getCursorDefinition(declaration)) ? -1 : function;
}

/* Why a declaration of that name is not the function we know; NULL if it is. */
static const char *judge_declaration(struct unit *unit, CXCursor declaration, int function)
{
    const struct lock_function *known = &lock_functions[function];
    int parameters = clang_Cursor_getNumArguments(declaration);
    if (known->described) {
        if (clang_Cursor_isVariadic(declaration)) return "described, but takes any number of arguments";
        return parameters > known->lock ? NULL : "described with a parameter that it does not have";
    }
    if (clang_isCursorDefinition(declaration)) return "the unit defines this function itself";
    if (!cursor_place(unit, declaration).system) return NULL; /* a repeated prototype; the first one decides */
    if (parameters != (int)known->parameter_count)
        return "declared with other parameters than the C library's function";
    CXType lock = clang_getCursorType(clang_Cursor_getArgument(declaration, (unsigned)known->lock));
    if (!type_is_lock(clang_getPointeeType(lock))) return "declared for another type of lock";
    return NULL;
}

static void note_declaration(struct context *context, CXCursor declaration, int function)
{
    struct unit *unit = context->unit;
    unsigned end;
    clang_getExpansionLocation(clang_getRangeEnd(clang_getCursorExtent(declaration)), NULL, NULL, NULL, &end);
    const char *verdict = judge_declaration(unit, declaration, function);
    if (unit->declared[function] == 0) {
        unit->declared[function] = end;
        bool anywhere = lock_functions[function].anywhere || makes_locks(function);
        if (verdict == NULL && !anywhere && is_programs_own(unit, declaration))
            verdict = "not declared by a system header";
    }
    if (verdict != NULL) context->verdicts[function] = verdict;
}

static void visit_declaration(struct context *context, CXCursor declaration)
{
    int function = function_of(context->unit, declaration);
    if (function >= 0) note_declaration(context, declaration, function);
    struct spelling *spelling = scan_spelling_at(&context->unit->scan, cursor_offset(declaration));
    if (spelling != NULL) spelling->taken = true;
}

/* Where a reference's name is spelled: false if in no text of ours (pasted together, say). */
static bool spelled_at(struct unit *unit, CXCursor reference, size_t *ret_offset)
{
    CXFile file, main;
    unsigned offset;
    clang_getSpellingLocation(clang_getCursorLocation(reference), &file, NULL, NULL, &offset);
    CXTranslationUnit translation = clang_Cursor_getTranslationUnit(reference);
    CXString name = clang_getTranslationUnitSpelling(translation);
    main = clang_getFile(translation, clang_getCString(name));
    clang_disposeString(name);
    *ret_offset = offset;
    return file != NULL && clang_File_isEqual(file, main) && scan_spelling_at(&unit->scan, offset) != NULL;
}

static struct site site_here(const struct context *context)
{
    return (struct site){.named = {.lock = -1, .variable = ""}, .enclosing = context->enclosing,
                         .declaration = context->declaration, .shared = context->shared};
}

/* Why the project wants this site left alone, or NULL. */
static const char *excluded_by_project(struct unit *unit, const struct site *site)
{
    const struct config *config = &unit->config;
    const struct lock *lock = site->named.lock < 0 ? NULL : &unit->locks.items[site->named.lock];
    if (notes_ignore(&unit->notes, site->place)) return "ignored by a comment";
    if (lock != NULL && lock->ignored) return "its lock is ignored by a comment";
    const char *glob = config_excludes_file(config, site->place.file);
    if (glob == NULL) glob = config_excludes(config, CONFIG_FUNCTION, site->enclosing);
    if (glob == NULL) glob = config_excludes(config, CONFIG_LOCK, site->named.variable);
    if (glob == NULL && lock != NULL) glob = config_excludes(config, CONFIG_LOCK, lock->declaration);
    return glob == NULL ? NULL : arena_format(unit->arena, "excluded in .mutray: %s", glob);
}

/* A described function's types, so that a function like it can be written; else why not. */
static const char *describe_call(struct unit *unit, struct site *site, CXCursor call)
{
    CXCursor declaration = clang_getCursorReferenced(callee_of(call));
    struct buffer parameters = {0}, arguments = {0};
    if (clang_Cursor_isNull(call)) return "described, but not called here";
    site->kind = SITE_DESCRIBED;
    site->own = !lock_functions[site->function].anywhere && is_programs_own(unit, declaration);
    site->type = type_text(unit, clang_getCursorResultType(declaration));
    bool written = site->type != NULL;
    for (int i = 0; i < clang_Cursor_getNumArguments(declaration) && written; i++) {
        const char *type = type_text(unit, clang_getCursorType(clang_Cursor_getArgument(declaration, (unsigned)i)));
        written = type != NULL;
        buffer_format(unit->arena, &parameters, "%s%s mutray__%d", i == 0 ? "(" : ", ", type, i);
        buffer_format(unit->arena, &arguments, "%smutray__%d", i == 0 ? "(" : ", ", i);
    }
    if (!written) return "described, but its types have no names";
    buffer_add(unit->arena, &parameters, ")", 1);
    buffer_add(unit->arena, &arguments, ")", 1);
    site->parameters = parameters.bytes;
    site->arguments = arguments.bytes;
    return NULL;
}

/* A site for `reference`, which is (or may be) the callee of `call`, or is not called at all (a null cursor). */
static void add_site(struct context *context, CXCursor reference, CXCursor call, int function)
{
    struct unit *unit = context->unit;
    const struct lock_function *known = &lock_functions[function];
    struct site site = site_here(context);
    site.function = function;
    if (!spelled_at(unit, reference, &site.spelled)) {
        *context->trouble = "a lock function's name is put together by the preprocessor";
        unit_skip(unit, cursor_place(unit, reference), known->name, *context->trouble);
        return;
    }
    struct spelling *spelling = scan_spelling_at(&unit->scan, site.spelled);
    spelling->taken = true;
    site.referred = clang_Cursor_isNull(call);
    if (site.referred && spelling->tested) return;
    site.named.parameter = site.referred; /* called through a pointer, it is told the lock as a wrapper is */
    site.spelled_end = site.spelled + strlen(known->name);
    site.needs = unit->declared[function];
    site.macro = spelling->directive;
    unsigned begin;
    clang_getExpansionLocation(clang_getCursorLocation(reference), NULL, NULL, NULL, &begin);
    site.begin = begin;
    site.end = site.macro ? scan_invocation_end(&unit->text, begin) : site.spelled_end;
    site.place = text_place(&unit->text, cursor_offset(reference));
    const char *verdict = unit->declared[function] == 0 ? "not declared" : context->verdicts[function];
    if (verdict != NULL) {
        unit_skip(unit, site.place, known->name, verdict);
        return;
    }
    if (known->described) {
        if (known->lock < 0) return; /* its result is the lock: see wrappers.c */
        const char *trouble = describe_call(unit, &site, call);
        if (trouble != NULL) unit_skip(unit, site.place, known->name, trouble);
        if (trouble != NULL) return;
    }
    if (unit_has_site(unit, &site)) return;
    if (!clang_Cursor_isNull(call) && clang_Cursor_getNumArguments(call) > known->lock)
        site.named = name_expression(unit, clang_Cursor_getArgument(call, (unsigned)known->lock));
    const char *excluded = excluded_by_project(unit, &site);
    if (excluded != NULL) unit_skip(unit, site.place, known->name, excluded);
    else *LIST_ADD(&unit->sites, unit->arena) = site;
}

/* A string that the preprocessor made of a call's text must not change with the call; the compiler's `__func__` does not. */
static void check_string(struct context *context, CXCursor string)
{
    CXFile file;
    unsigned offset;
    clang_getSpellingLocation(clang_getCursorLocation(string), &file, NULL, NULL, &offset);
    struct text *text = &context->unit->text;
    if (file != NULL && offset < text->size && strchr("\"LuU_", text->bytes[offset]) != NULL) return;
    CXString spelling = clang_getCursorSpelling(string);
    const char *bytes = clang_getCString(spelling);
    bool names = false;
    for (size_t i = 0; bytes != NULL && i < lock_function_count; i++)
        names |= strstr(bytes, lock_functions[i].name) != NULL;
    if (names) {
        *context->trouble = "the preprocessor makes a string of a lock call";
        size_t begin = cursor_offset(string);
        *LIST_ADD(&context->unit->strings, context->unit->arena) =
            (struct macro_use){begin, scan_invocation_end(text, begin)};
    }
    clang_disposeString(spelling);
}

/* A name of something else: not a lost call even if it looks like one; and the lock so named is used. */
static void note_other(const struct context *context, CXCursor reference)
{
    struct unit *unit = context->unit;
    size_t offset;
    if (spelled_at(unit, reference, &offset)) scan_spelling_at(&unit->scan, offset)->taken = true;
    if (!context->unevaluated) note_used(unit, clang_getCursorReferenced(reference));
}

static enum CXChildVisitResult visit(CXCursor cursor, CXCursor parent, CXClientData data);

static enum CXChildVisitResult visit_argument(CXCursor cursor, CXCursor call, CXClientData data)
{
    int count = clang_Cursor_getNumArguments(call);
    for (int i = 0; i < count; i++)
        if (clang_equalCursors(cursor, clang_Cursor_getArgument(call, (unsigned)i))) return visit(cursor, call, data);
    return CXChildVisit_Continue;
}

static void visit_assignment(struct context *context, CXCursor assignment)
{
    if (clang_getCursorBinaryOperatorKind(assignment) != CXBinaryOperator_Assign) return;
    struct operands operands = operands_of(assignment);
    struct site around = site_here(context);
    if (operands.count == 2) note_made(context->unit, operands.items[0], operands.items[1], &around);
}

static enum CXChildVisitResult visit(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct context *context = data;
    int function;
    (void)parent;
    note_tests(context->unit, cursor);
    switch ((int)clang_getCursorKind(cursor)) {
    case CXCursor_CallExpr: {
        CXCursor callee = callee_of(cursor);
        function = clang_getCursorKind(callee) == CXCursor_DeclRefExpr
                       ? function_of(context->unit, clang_getCursorReferenced(callee)) : -1;
        if (clang_getCursorKind(callee) == CXCursor_GenericSelectionExpr) {
            struct context inner = *context;
            inner.chosen_for = cursor;
            clang_visitChildren(callee, visit, &inner);
            clang_visitChildren(cursor, visit_argument, context);
            return CXChildVisit_Continue;
        }
        if (function < 0) {
            struct site around = site_here(context);
            note_hand_overs(context->unit, cursor, &around);
            break;
        }
        add_site(context, callee, cursor, function);
        clang_visitChildren(cursor, visit_argument, context);
        return CXChildVisit_Continue;
    }
    case CXCursor_UnaryExpr: {
        struct context inner = *context;
        inner.unevaluated = true;
        clang_visitChildren(cursor, visit, &inner);
        return CXChildVisit_Continue;
    }
    case CXCursor_BinaryOperator:
        visit_assignment(context, cursor);
        break;
    case CXCursor_DeclRefExpr:
        if ((function = function_of(context->unit, clang_getCursorReferenced(cursor))) >= 0)
            add_site(context, cursor, context->chosen_for, function);
        else
            note_other(context, cursor);
        break;
    case CXCursor_FunctionDecl:
        visit_declaration(context, cursor);
        break;
    case CXCursor_VarDecl: {
        struct site around = site_here(context);
        note_creations(context->unit, cursor);
        note_made(context->unit, cursor, clang_Cursor_getVarDeclInitializer(cursor), &around);
        break;
    }
    case CXCursor_StringLiteral:
        check_string(context, cursor);
        break;
    }
    clang_visitChildren(cursor, visit, context);
    return CXChildVisit_Continue;
}

static enum CXChildVisitResult visit_top_level(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct context *context = data;
    (void)parent;
    if (cursor_place(context->unit, cursor).system) {
        if (clang_getCursorKind(cursor) == CXCursor_FunctionDecl) visit_declaration(context, cursor);
        return CXChildVisit_Continue;
    }
    unsigned begin;
    clang_getExpansionLocation(clang_getRangeStart(clang_getCursorExtent(cursor)), NULL, NULL, NULL, &begin);
    context->declaration = begin;
    context->enclosing = clang_getCursorKind(cursor) == CXCursor_FunctionDecl
                             ? arena_string(context->unit->arena, clang_getCursorSpelling(cursor))
                             : "";
    context->shared = clang_Cursor_isFunctionInlined(cursor) && clang_getCursorLinkage(cursor) == CXLinkage_External;
    visit(cursor, parent, context);
    if (clang_getCursorKind(cursor) == CXCursor_FunctionDecl && clang_isCursorDefinition(cursor)) {
        unsigned end;
        struct site around = site_here(context);
        clang_getExpansionLocation(clang_getRangeEnd(clang_getCursorExtent(cursor)), NULL, NULL, NULL, &end);
        note_lost_calls(context->unit, begin, end, &around, context->verdicts);
    }
    return CXChildVisit_Continue;
}

static int compare_sites(const void *left, const void *right)
{
    const struct site *a = left, *b = right;
    if (a->declaration != b->declaration) return a->declaration < b->declaration ? -1 : 1;
    if (a->begin != b->begin) return a->begin < b->begin ? -1 : 1;
    return a->spelled < b->spelled ? -1 : a->spelled > b->spelled;
}

enum outcome unit_find(struct unit *unit, const char *standard, const char **ret_reason)
{
    enum outcome outcome = OUTCOME_FAILED;
    const char *arguments[PARSE_ARGUMENTS + 1], *trouble = NULL;
    memcpy(arguments, parse_arguments, sizeof parse_arguments);
    arguments[PARSE_ARGUMENTS] = arena_format(unit->arena, "-std=%s", standard);
    text_prune(&unit->text, &unit->pruned);
    struct CXUnsavedFile file = {"unit.c", unit->pruned.bytes, unit->text.size};
    CXIndex index = clang_createIndex(0, 0);
    CXTranslationUnit translation = NULL;
    enum CXErrorCode error = clang_parseTranslationUnit2(index, file.Filename, arguments, PARSE_ARGUMENTS + 1, &file, 1,
                                                         CXTranslationUnit_KeepGoing, &translation);
    unit->parsed = clock();
    if (error != CXError_Success) {
        *ret_reason = "libclang cannot parse this unit";
        goto out;
    }
    unit->declared = arena_alloc(unit->arena, lock_function_count * sizeof(size_t));
    struct context context = {.unit = unit, .enclosing = "", .trouble = &trouble, .chosen_for = clang_getNullCursor()};
    context.verdicts = arena_alloc(unit->arena, lock_function_count * sizeof(char *));
    clang_visitChildren(clang_getTranslationUnitCursor(translation), visit_top_level, &context);
    if (unit->sites.count > 0) qsort(unit->sites.items, unit->sites.count, sizeof(struct site), compare_sites);
    report_lost_calls(unit);
    forget_unused(unit);
    *ret_reason = trouble;
    outcome = trouble != NULL ? OUTCOME_NEEDS_EXPANDED : OUTCOME_EDITED;
out:
    if (translation != NULL) clang_disposeTranslationUnit(translation);
    clang_disposeIndex(index);
    return outcome;
}
