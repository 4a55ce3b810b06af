/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Naming a lock by the expression a call hands over.
 *
 * Casts, parentheses, `&` and `*` say nothing and are peeled off; an index or an offset into an array leaves the array's
 * name. What remains is a variable, a member, or nothing that has a name (a call's result, a conditional). A member is
 * named together with the record that declares it, since most members are called `lock`. A member that a macro adds to what
 * it was handed, of a record that merely wraps one lock, is looked through: `#define LOCK(x) pthread_mutex_lock(&(x)->m)`
 * on `&cache->lock` names `cache.lock`, not `m`. A member that the program's own text spells is what it says.
 *
 * A variable or member found is interned as a `lock` with a key that is equal in every unit that sees the same
 * declaration: by linkage for external variables, by file and line for everything else.
 */
#include "names.h"

#include "functions.h"

#include <string.h>

const char *arena_string(struct arena *arena, CXString string)
{
    const char *bytes = clang_getCString(string);
    const char *copy = arena_copy(arena, bytes == NULL ? "" : bytes, bytes == NULL ? 0 : strlen(bytes));
    clang_disposeString(string);
    return copy;
}

size_t cursor_offset(CXCursor cursor)
{
    unsigned offset;
    clang_getFileLocation(clang_getCursorLocation(cursor), NULL, NULL, NULL, &offset);
    return offset;
}

struct place cursor_place(const struct unit *unit, CXCursor cursor)
{
    return text_place(&unit->text, cursor_offset(cursor));
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* "cache.h:12": equal however the header was found. */
static const char *declared_at(struct unit *unit, CXCursor cursor)
{
    struct place place = cursor_place(unit, cursor);
    return arena_format(unit->arena, "%s:%u", base_name(place.file), place.line);
}

bool type_peel(CXType *type)
{
    switch ((int)type->kind) {
    case CXType_Elaborated:
        *type = clang_Type_getNamedType(*type);
        return true;
    case CXType_Typedef:
        *type = clang_getTypedefDeclUnderlyingType(clang_getTypeDeclaration(*type));
        return true;
    case CXType_Attributed:
        *type = clang_Type_getModifiedType(*type);
        return true;
    case CXType_Unexposed: /* `typeof (x)`: libclang does not tell of what */
        *type = clang_getCanonicalType(*type);
        return type->kind != CXType_Unexposed;
    default:
        return false;
    }
}

/* By its typedef or, where `typeof` has lost that, as a record that has no other name. A tag has its `struct` in front. */
bool type_is_lock(CXType type)
{
    do {
        CXString spelling = clang_getTypeSpelling(clang_getCursorType(clang_getTypeDeclaration(type)));
        bool lock = is_lock_type_name(clang_getCString(spelling), strlen(clang_getCString(spelling)));
        clang_disposeString(spelling);
        if (lock) return true;
    } while (type_peel(&type));
    return false;
}

const char *type_text(struct unit *unit, CXType type)
{
    const char *text = arena_string(unit->arena, clang_getTypeSpelling(type));
    if (strpbrk(text, "([") == NULL) return text;
    text = arena_string(unit->arena, clang_getTypeSpelling(clang_getCanonicalType(type))); /* of a `typeof (x)` */
    return strpbrk(text, "([") != NULL ? NULL : text;
}

struct field_count {
    unsigned fields;
    bool wraps;
};

static enum CXVisitorResult count_field(CXCursor field, CXClientData data)
{
    struct field_count *count = data;
    CXType type = clang_getCursorType(field);
    count->fields++;
    count->wraps = type_is_lock(type) || record_merely_wraps(type);
    return count->fields > 1 ? CXVisit_Break : CXVisit_Continue;
}

bool record_merely_wraps(CXType record)
{
    record = clang_getCanonicalType(record);
    if (record.kind != CXType_Record) return false;
    struct field_count count = {0};
    clang_Type_visitFields(record, count_field, &count);
    return count.fields == 1 && count.wraps;
}

bool type_points_to_lock(CXType type)
{
    while (type_peel(&type)) continue;
    CXType pointee = clang_getPointeeType(type);
    if (type.kind != CXType_Pointer || clang_isConstQualifiedType(pointee)) return false;
    return type_is_lock(pointee) || record_merely_wraps(pointee);
}

/* `declaration` is the cursor that declares the lock: the project may have given it a name of its own. */
static int intern_lock(struct unit *unit, struct lock lock, CXCursor declaration)
{
    for (size_t i = 0; i < unit->locks.count; i++)
        if (strcmp(unit->locks.items[i].key, lock.key) == 0) return (int)i;
    struct place place = cursor_place(unit, declaration);
    const char *name = notes_name(&unit->notes, place);
    if (name == NULL) name = config_name(&unit->config, lock.declaration);
    if (name != NULL) lock.variable = name;
    lock.ignored = notes_ignore(&unit->notes, place);
    *LIST_ADD(&unit->locks, unit->arena) = lock;
    return (int)unit->locks.count - 1;
}

int name_variable(struct unit *unit, CXCursor variable)
{
    CXCursor definition = clang_getCursorDefinition(variable);
    if (clang_Cursor_isNull(definition)) definition = clang_getCanonicalCursor(variable);
    const char *name = arena_string(unit->arena, clang_getCursorSpelling(definition));
    struct lock lock = {.variable = name, .declaration = name};
    CXCursor parent = clang_getCursorSemanticParent(definition);
    if (clang_getCursorLinkage(variable) == CXLinkage_External) {
        lock.key = arena_format(unit->arena, "v %s", name);
    } else {
        lock.key = arena_format(unit->arena, "s %s %s", name, declared_at(unit, definition));
        if (clang_getCursorKind(parent) == CXCursor_FunctionDecl)
            lock.declaration = arena_format(unit->arena, "%s.%s",
                                            arena_string(unit->arena, clang_getCursorSpelling(parent)), name);
    }
    return intern_lock(unit, lock, definition);
}

/* The record's tag, or the typedef that is its only name; "" for one with neither. */
static const char *record_name(struct unit *unit, CXCursor record)
{
    const char *name = clang_Cursor_isAnonymous(record)
                           ? ""
                           : arena_string(unit->arena, clang_getCursorSpelling(record));
    if (name[0] != '\0' && strchr(name, '(') == NULL) return name;
    name = arena_string(unit->arena, clang_getTypeSpelling(clang_getCursorType(record)));
    return strchr(name, '(') != NULL || strchr(name, ' ') != NULL ? "" : name;
}

int name_field(struct unit *unit, CXCursor field)
{
    const char *name = arena_string(unit->arena, clang_getCursorSpelling(field)), *owner = "";
    for (CXCursor record = clang_getCursorSemanticParent(field); owner[0] == '\0';
         record = clang_getCursorSemanticParent(record)) {
        enum CXCursorKind kind = clang_getCursorKind(record);
        if (kind != CXCursor_StructDecl && kind != CXCursor_UnionDecl) break;
        owner = record_name(unit, record);
    }
    struct lock lock = {.variable = name};
    lock.declaration = owner[0] == '\0' ? name : arena_format(unit->arena, "%s.%s", owner, name);
    lock.key = arena_format(unit->arena, "m %s %s", lock.declaration, declared_at(unit, field));
    return intern_lock(unit, lock, field);
}

struct children {
    CXCursor items[4];
    unsigned count;
};

static enum CXChildVisitResult collect_child(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct children *children = data;
    if (!clang_isExpression(clang_getCursorKind(cursor))) return CXChildVisit_Continue;
    if (children->count < 4) children->items[children->count++] = cursor;
    return CXChildVisit_Continue;
}

static struct children expression_children(CXCursor cursor)
{
    struct children children = {.count = 0};
    clang_visitChildren(cursor, collect_child, &children);
    return children;
}

static bool is_array(CXType type)
{
    enum CXTypeKind kind = clang_getCanonicalType(type).kind;
    return kind == CXType_ConstantArray || kind == CXType_IncompleteArray || kind == CXType_VariableArray ||
           kind == CXType_DependentSizedArray;
}

static bool is_pointer(CXCursor expression)
{
    return clang_getCanonicalType(clang_getCursorType(expression)).kind == CXType_Pointer;
}

/* The one expression a variable is initialised with, or a null cursor. */
static CXCursor initialiser(CXCursor variable)
{
    return clang_Cursor_getVarDeclInitializer(variable);
}

static struct named name_reference(struct unit *unit, CXCursor expression, struct named named)
{
    CXCursor variable = clang_getCursorReferenced(expression);
    enum CXCursorKind kind = clang_getCursorKind(variable);
    named.variable = arena_string(unit->arena, clang_getCursorSpelling(variable));
    CXType type = clang_getCursorType(variable);
    if (kind != CXCursor_VarDecl) { /* a parameter: whose lock it is, only its address tells */
        named.parameter = kind == CXCursor_ParmDecl && type_points_to_lock(type);
        return named;
    }
    if (clang_getCanonicalType(type).kind != CXType_Pointer) {
        named.array |= is_array(type);
        named.lock = name_variable(unit, variable);
        return named;
    }
    named.pointer = true;
    bool local = clang_getCursorLinkage(variable) == CXLinkage_NoLinkage;
    if (local && !clang_Cursor_isNull(initialiser(variable))) {
        struct named initial = name_expression(unit, initialiser(variable));
        named.parameter = initial.parameter;
        if (initial.lock >= 0) {
            named.lock = initial.lock;
            named.variable = initial.variable;
            named.array |= initial.array;
        }
    }
    if (named.lock < 0 && !named.parameter) named.lock = name_variable(unit, variable);
    return named;
}

/* Is the member's name a word of a macro's body, not of the text where the macro is used? */
static bool spelled_by_macro(struct unit *unit, CXCursor member, const char *name)
{
    if (unit->expanded) return !notes_spell(&unit->notes, cursor_place(unit, member), name);
    unsigned spelled, used;
    clang_getSpellingLocation(clang_getCursorLocation(member), NULL, NULL, NULL, &spelled);
    clang_getFileLocation(clang_getCursorLocation(member), NULL, NULL, NULL, &used);
    return spelled != used;
}

static struct named name_member(struct unit *unit, CXCursor expression, struct named named)
{
    CXCursor field = clang_getCursorReferenced(expression);
    CXType record = clang_getCursorType(clang_getCursorSemanticParent(field));
    struct children children = expression_children(expression);
    named.variable = arena_string(unit->arena, clang_getCursorSpelling(field));
    if (record_merely_wraps(record) && children.count == 1) {
        struct named whole = name_expression(unit, children.items[0]);
        if (whole.lock >= 0 && spelled_by_macro(unit, expression, named.variable)) return whole;
        named.parameter = whole.parameter;
    }
    CXType type = clang_getCursorType(field);
    named.array |= is_array(type);
    named.pointer |= clang_getCanonicalType(type).kind == CXType_Pointer;
    named.lock = name_field(unit, field);
    return named;
}

struct named name_expression(struct unit *unit, CXCursor expression)
{
    struct named named = {.lock = -1, .variable = ""};
    for (;;) {
        enum CXCursorKind kind = clang_getCursorKind(expression);
        if (kind == CXCursor_DeclRefExpr) return name_reference(unit, expression, named);
        if (kind == CXCursor_MemberRefExpr) return name_member(unit, expression, named);
        struct children children = expression_children(expression);
        if (children.count == 0) return named;
        switch ((int)kind) {
        case CXCursor_ParenExpr: case CXCursor_UnexposedExpr: case CXCursor_CStyleCastExpr:
            expression = children.items[children.count - 1];
            break;
        case CXCursor_UnaryOperator: /* `*p` of a pointer to a pointer */
            named.pointer |= clang_getCursorUnaryOperatorKind(expression) == CXUnaryOperator_Deref && is_pointer(expression);
            expression = children.items[0];
            break;
        case CXCursor_ArraySubscriptExpr:
            named.array = true;
            named.pointer |= is_pointer(expression); /* an array of pointers */
            expression = children.items[0];
            break;
        case CXCursor_BinaryOperator: {
            enum CXBinaryOperatorKind operator = clang_getCursorBinaryOperatorKind(expression);
            if (operator != CXBinaryOperator_Add && operator != CXBinaryOperator_Sub) return named;
            named.array = true; /* locks + i */
            expression = children.items[0];
            break;
        }
        default:
            return named;
        }
    }
}
