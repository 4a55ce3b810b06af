/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names through wrappers.
 *
 * In `void my_lock(my_mutex *w) { pthread_mutex_lock(&w->m); }` the call knows only a parameter; who handed the lock over
 * knows its name. So an argument that is a pointer to a lock (or to a record that merely wraps one) is itself a site:
 * `my_lock(&c->lock)` becomes `my_lock(mutray__at_7(&c->lock))`, which leaves the address and the site in the thread's own
 * memory, two plain stores, and returns its argument. A lock call on a parameter finds the pair and, if the address is
 * the one it has, speaks in the caller's name. A wrapper that passes its own parameter on leaves the pair alone, so this
 * works at any depth, and it needs no knowledge of other units: the type of the parameter is enough.
 *
 * A function that makes a lock and returns it, `c->lock = my_lock_new()`, is wrapped the other way round: after the call,
 * the lock at that address is known to be made here, for `c->lock`.
 *
 * Both are written by the text of the call: the name of the callee, then the list of arguments. Calls that are not written
 * so (arguments from a variadic macro, say) keep their plain form and the wrapper keeps its own name.
 */
#include "wrappers.h"

#include "functions.h"
#include "names.h"

#include <stdint.h>
#include <string.h>

static enum CXChildVisitResult take_first(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Break;
}

CXCursor callee_of(CXCursor call)
{
    CXCursor cursor = call;
    do {
        CXCursor child = clang_getNullCursor();
        clang_visitChildren(cursor, take_first, &child);
        cursor = child;
    } while (clang_getCursorKind(cursor) == CXCursor_ParenExpr || clang_getCursorKind(cursor) == CXCursor_UnexposedExpr ||
             clang_getCursorKind(cursor) == CXCursor_UnaryOperator);
    return cursor;
}

/* The function's type behind typedefs and pointers, its own sugar kept: a canonical spin lock is only a volatile int. */
static CXType function_type(CXType type)
{
    for (;;) {
        if (type.kind == CXType_Pointer) type = clang_getPointeeType(type);
        else if (!type_peel(&type)) return type;
    }
}

static size_t spelling_offset(CXCursor cursor)
{
    unsigned offset;
    clang_getSpellingLocation(clang_getCursorLocation(cursor), NULL, NULL, NULL, &offset);
    return offset;
}

/* Where something begins that may have several words, `table.make`: in the text, or in a macro's body. */
static size_t begin_offset(CXCursor cursor, bool expanded)
{
    unsigned offset;
    CXSourceLocation location = clang_getRangeStart(clang_getCursorExtent(cursor));
    if (expanded) clang_getExpansionLocation(location, NULL, NULL, NULL, &offset);
    else clang_getSpellingLocation(location, NULL, NULL, NULL, &offset);
    return offset;
}

static size_t end_offset(CXCursor cursor)
{
    unsigned offset;
    clang_getExpansionLocation(clang_getRangeEnd(clang_getCursorExtent(cursor)), NULL, NULL, NULL, &offset);
    return offset;
}

/* Is the callee spelled in a macro that is only another name for it? Then the call is written where the macro is used. */
static bool is_renamed(struct unit *unit, CXCursor callee)
{
    return scan_in_directive(&unit->text, spelling_offset(callee)) &&
           scan_is_alias(&unit->text, begin_offset(callee, true));
}

/* The last token in front of the call's arguments: what names the callee, or the end of the macro use that stands for it. */
static size_t call_name(struct unit *unit, CXCursor callee, CXCursor call)
{
    if (!is_renamed(unit, callee)) return spelling_offset(callee);
    size_t name = begin_offset(callee, true), end = scan_invocation_end(&unit->text, name);
    return end == end_offset(call) ? name : end - 1; /* a macro may have arguments of its own */
}

/* A function declared by the program, or a pointer to one: not the C library's own. */
static bool is_programs_function(struct unit *unit, CXCursor callee, size_t *ret_needs)
{
    CXCursor declaration = clang_getCursorReferenced(callee);
    if (clang_Cursor_isNull(declaration)) return false;
    if (clang_getCursorKind(declaration) == CXCursor_FunctionDecl) {
        *ret_needs = clang_isCursorDefinition(declaration) ? cursor_offset(declaration) : end_offset(declaration);
        return !cursor_place(unit, declaration).system;
    }
    *ret_needs = SIZE_MAX; /* its type may be declared anywhere in front of this declaration */
    return true;
}

static void add_wrap(struct unit *unit, struct site site, CXCursor callee, size_t begin, size_t end)
{
    unsigned expansion;
    clang_getExpansionLocation(clang_getCursorLocation(callee), NULL, NULL, NULL, &expansion);
    site.spelled = begin;
    site.spelled_end = end;
    site.macro = scan_in_directive(&unit->text, begin);
    site.begin = site.macro ? expansion : begin;
    site.end = site.macro ? scan_invocation_end(&unit->text, expansion) : end;
    site.place = cursor_place(unit, callee);
    if (!unit_has_site(unit, &site)) *LIST_ADD(&unit->sites, unit->arena) = site;
}

void note_hand_overs(struct unit *unit, CXCursor call, const struct site *around)
{
    CXCursor callee = callee_of(call);
    CXType type = function_type(clang_getCursorType(callee));
    int count = clang_Cursor_getNumArguments(call), parameters = clang_getNumArgTypes(type);
    for (int i = 0; i < count && i < parameters; i++) {
        CXType parameter = clang_getArgType(type, (unsigned)i);
        struct site site = *around;
        site.kind = SITE_HAND_OVER;
        if (!type_points_to_lock(parameter) || !is_programs_function(unit, callee, &site.needs)) continue;
        site.named = name_expression(unit, clang_Cursor_getArgument(call, (unsigned)i));
        site.type = type_text(unit, parameter);
        if (site.type == NULL || (site.named.lock < 0 && (site.named.parameter || site.named.variable[0] == '\0')))
            continue;
        size_t begin, end;
        if (scan_argument(&unit->text, call_name(unit, callee, call), (unsigned)i, (unsigned)count, &begin, &end))
            add_wrap(unit, site, callee, begin, end);
    }
}

struct choice {
    CXCursor call;
    unsigned operand;
};

static CXCursor call_behind(CXCursor value);

/* Of `test ? a : b`, the first of a and b that is a call. */
static enum CXChildVisitResult take_call(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct choice *choice = data;
    (void)parent;
    if (choice->operand++ > 0) choice->call = call_behind(cursor);
    return clang_Cursor_isNull(choice->call) ? CXChildVisit_Continue : CXChildVisit_Break;
}

/* Through casts, parentheses and conditions to a call; else a null cursor. */
static CXCursor call_behind(CXCursor value)
{
    for (;;) {
        enum CXCursorKind kind = clang_getCursorKind(value);
        if (kind == CXCursor_CallExpr) return value;
        if (kind == CXCursor_ConditionalOperator) {
            struct choice choice = {clang_getNullCursor(), 0};
            clang_visitChildren(value, take_call, &choice);
            return choice.call;
        }
        if (kind != CXCursor_ParenExpr && kind != CXCursor_UnexposedExpr && kind != CXCursor_CStyleCastExpr)
            return clang_getNullCursor();
        CXCursor child = clang_getNullCursor();
        clang_visitChildren(value, take_first, &child);
        value = child;
    }
}

/* A pointer to a function in a structure that is described as making locks. */
static bool is_described_member(struct unit *unit, CXCursor callee)
{
    CXCursor field = clang_getCursorReferenced(callee);
    if (clang_getCursorKind(callee) != CXCursor_MemberRefExpr) return false;
    const char *tag = arena_string(unit->arena, clang_getCursorSpelling(clang_getCursorSemanticParent(field)));
    const char *name = arena_string(unit->arena, clang_getCursorSpelling(field)), *member = NULL;
    while ((member = lock_member_of(tag, strlen(tag), member)) != NULL)
        if (strcmp(member, name) == 0) return true;
    return false;
}

/* By its type, or because a configuration file says that its result is a lock. */
static bool makes_lock(struct unit *unit, CXCursor callee, CXType result, size_t *ret_needs)
{
    const char *name = arena_string(unit->arena, clang_getCursorSpelling(callee));
    int function = lock_function_find(name, strlen(name));
    bool own = is_programs_function(unit, callee, ret_needs);
    if (clang_getCursorKind(callee) != CXCursor_DeclRefExpr) return is_described_member(unit, callee);
    if (function >= 0 && lock_functions[function].described) return lock_functions[function].lock < 0;
    return own && type_points_to_lock(result);
}

void note_made(struct unit *unit, CXCursor target, CXCursor value, const struct site *around)
{
    CXCursor call = call_behind(value), callee = callee_of(call);
    struct site site = *around;
    site.kind = SITE_MADE;
    if (clang_Cursor_isNull(call)) return;
    CXType result = clang_getResultType(function_type(clang_getCursorType(callee)));
    if (!makes_lock(unit, callee, result, &site.needs)) return;
    site.type = type_text(unit, result);
    site.named = clang_getCursorKind(target) == CXCursor_VarDecl
                     ? (struct named){.lock = name_variable(unit, target), .pointer = true}
                     : name_expression(unit, target);
    while (clang_getCursorKind(target) == CXCursor_ParenExpr)
        clang_visitChildren(target, take_first, &target);
    bool parameter = clang_getCursorKind(target) == CXCursor_DeclRefExpr && site.named.variable[0] != '\0';
    if (site.type == NULL || (site.named.lock < 0 && !parameter)) return;
    if (site.named.lock >= 0) site.named.variable = unit->locks.items[site.named.lock].variable;
    size_t begin = begin_offset(callee, is_renamed(unit, callee));
    size_t end = scan_invocation_end(&unit->text, call_name(unit, callee, call));
    if (unit->text.bytes[end - 1] == ')') add_wrap(unit, site, callee, begin, end);
}
