/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks made by definitions: `static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;`, arrays of them, and structures
 * that hold them at any depth. For objects with static storage at file scope the address of the lock is written down as
 * a constant expression, so that the runtime can tell such an object from others of its type. The line is that of the
 * lock's own initialiser where one is written (`.lock = …`), else of the variable's name.
 */
#include "creations.h"

#include "names.h"

#include <string.h>

enum {
    MOST_LEVELS = 8,
    MOST_ELEMENTS = 64 /* of arrays inside an array's elements, each a creation of its own */
};

/* The way from a variable down to the members that are locks. */
struct descent {
    struct unit *unit;
    const char *path;    /* C expression of the object we are at: `cache.queues[0]` */
    const char *element; /* the outermost array's element type, as an expression to take the size of; NULL: no array */
    const char *whole;   /* the outermost array itself */
    CXCursor initialiser; /* null: none written for this part */
    struct place place;
    bool addressable;
    size_t unused; /* as in struct creation */
    unsigned level, *elements_left;
    struct place members[MOST_LEVELS]; /* on the way */
    size_t member_count;
};

struct element_search {
    CXCursor field;    /* wanted */
    unsigned position; /* of the field in its record, for elements without designators */
    unsigned at;
    CXCursor found;
};

struct designator {
    CXCursor field; /* the first one named */
    unsigned names; /* how many: 2 for `.a.b = …` */
    CXCursor value;
};

static enum CXChildVisitResult read_designator(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct designator *designator = data;
    (void)parent;
    if (clang_getCursorKind(cursor) != CXCursor_MemberRef) designator->value = cursor;
    else if (designator->names++ == 0) designator->field = clang_getCursorReferenced(cursor);
    return CXChildVisit_Continue;
}

static enum CXChildVisitResult match_element(CXCursor element, CXCursor list, CXClientData data)
{
    struct element_search *search = data;
    struct designator designator = {.field = clang_getNullCursor(), .value = clang_getNullCursor()};
    (void)list;
    if (clang_getCursorKind(element) == CXCursor_UnexposedExpr) clang_visitChildren(element, read_designator, &designator);
    if (designator.names == 0) {
        if (search->at++ != search->position) return CXChildVisit_Continue;
        search->found = element;
    } else {
        if (!clang_equalCursors(designator.field, search->field)) return CXChildVisit_Continue;
        search->found = designator.names > 1 ? element : designator.value;
    }
    return CXChildVisit_Break;
}

static enum CXVisitorResult find_position(CXCursor field, CXClientData data)
{
    struct element_search *search = data;
    if (clang_equalCursors(field, search->field)) return CXVisit_Break;
    search->position++;
    return CXVisit_Continue;
}

/* What a field is initialised with: an element of the list as it is written, or (deeper designators) all of it. */
static CXCursor field_initialiser(CXCursor list, CXType record, CXCursor field)
{
    if (clang_Cursor_isNull(list) || clang_getCursorKind(list) != CXCursor_InitListExpr) return list;
    struct element_search search = {.field = field, .found = clang_getNullCursor()};
    clang_Type_visitFields(record, find_position, &search);
    clang_visitChildren(list, match_element, &search);
    return search.found;
}

static CXCursor first_element(CXCursor list)
{
    struct element_search search = {.field = clang_getNullCursor(), .found = clang_getNullCursor()};
    if (clang_Cursor_isNull(list) || clang_getCursorKind(list) != CXCursor_InitListExpr) return list;
    clang_visitChildren(list, match_element, &search);
    return search.found;
}

/* A tentative definition and the real one are one creation. */
static struct creation *same_creation(struct unit *unit, const struct creation *creation)
{
    for (size_t i = 0; i < unit->creations.count; i++) {
        struct creation *known = &unit->creations.items[i];
        if (known->lock != creation->lock || (known->address == NULL) != (creation->address == NULL)) continue;
        if (known->address == NULL ? known->place.line == creation->place.line
                                   : strcmp(known->address, creation->address) == 0)
            return known;
    }
    return NULL;
}

static void add_creation(const struct descent *descent, int lock)
{
    struct unit *unit = descent->unit;
    struct creation creation = {.lock = lock, .place = descent->place,
                                .initialised = !clang_Cursor_isNull(descent->initialiser)};
    if (descent->addressable) {
        creation.unused = descent->unused;
        creation.address = descent->path;
        creation.size = arena_format(unit->arena, "sizeof(%s)", descent->path);
        creation.stride = "0";
        struct place *members = arena_alloc(unit->arena, sizeof descent->members);
        memcpy(members, descent->members, sizeof descent->members);
        creation.members = members;
        creation.member_count = descent->member_count;
        if (descent->whole != NULL && strcmp(descent->whole, descent->path) != 0) {
            creation.size = arena_format(unit->arena, "sizeof(%s) - sizeof(%s) + sizeof(%s)", descent->whole,
                                         descent->element, descent->path);
            creation.stride = arena_format(unit->arena, "sizeof(%s)", descent->element);
        }
    }
    struct creation *known = same_creation(unit, &creation);
    if (known == NULL) {
        *LIST_ADD(&unit->creations, unit->arena) = creation;
    } else if (!known->initialised) {
        creation.unused = known->unused;
        *known = creation;
    }
}

/* The element type of an array, through typedefs (a canonical type would forget the names of locks); else invalid. */
static CXType array_element(CXType type)
{
    CXType element;
    while ((element = clang_getArrayElementType(type)).kind == CXType_Invalid && type_peel(&type)) continue;
    return element;
}

static CXType element_type(CXType type)
{
    for (CXType element; (element = array_element(type)).kind != CXType_Invalid;) type = element;
    return type;
}

static void descend(const struct descent *descent, CXType type, int lock);

struct field_visit {
    const struct descent *descent;
    CXType record;
    int lock; /* the record merely wraps the lock of this name, or -1 */
};

static enum CXVisitorResult visit_field(CXCursor field, CXClientData data)
{
    struct field_visit *visit = data;
    struct unit *unit = visit->descent->unit;
    struct descent next = *visit->descent;
    const char *name = arena_string(unit->arena, clang_getCursorSpelling(field));
    bool anonymous = name[0] == '\0' || strchr(name, '(') != NULL;
    if (!anonymous) next.path = arena_format(unit->arena, "%s.%s", next.path, name);
    if (next.member_count < MOST_LEVELS) next.members[next.member_count++] = cursor_place(unit, field);
    next.initialiser = field_initialiser(visit->descent->initialiser, visit->record, field);
    if (!clang_Cursor_isNull(next.initialiser)) {
        struct place place = cursor_place(unit, next.initialiser);
        if (!place.system) next.place = place;
    }
    CXType type = clang_getCursorType(field), element = element_type(type);
    if (clang_getCanonicalType(type).kind == CXType_IncompleteArray) next.addressable = false;
    if (visit->lock >= 0) descend(&next, type, visit->lock); /* as the wrapping record is called, and by its member */
    if (type_is_lock(element) || record_merely_wraps(element)) descend(&next, type, name_field(unit, field));
    else descend(&next, type, -1);
    return CXVisit_Continue;
}

/* A creation tells one step from element to element, the outermost array's. What is in inner arrays is told one by one. */
static void descend_elements(const struct descent *descent, CXType array, int lock)
{
    struct descent next = *descent;
    long long count = clang_getArraySize(clang_getCanonicalType(array));
    next.initialiser = first_element(descent->initialiser);
    for (long long i = 0; i == 0 || (i < count && *next.elements_left > 0); i++) {
        if (i > 0) --*next.elements_left;
        next.path = arena_format(next.unit->arena, "%s[%lld]", descent->path, i);
        descend(&next, array_element(array), lock);
    }
}

/* `lock` is what the object is called if it is a lock or merely wraps one, else -1. */
static void descend(const struct descent *descent, CXType type, int lock)
{
    struct descent next = *descent;
    if (++next.level > MOST_LEVELS) return;
    bool outermost = next.whole == NULL;
    for (CXType element; (element = array_element(type)).kind != CXType_Invalid; type = element) {
        const char *first = arena_format(next.unit->arena, "%s[0]", next.path);
        if (outermost && next.whole == NULL) next.whole = next.path;
        if (outermost) next.element = first;
        if (type_is_lock(element)) continue;
        if (!outermost) return descend_elements(&next, type, lock);
        next.path = first;
        next.initialiser = first_element(next.initialiser);
    }
    if (type_is_lock(type)) {
        if (lock >= 0) add_creation(&next, lock);
    } else if (clang_getCanonicalType(type).kind == CXType_Record) {
        struct field_visit visit = {&next, clang_getCanonicalType(type), record_merely_wraps(type) ? lock : -1};
        clang_Type_visitFields(visit.record, visit_field, &visit);
    }
}

/* Where a variable is first declared: the same for each of its declarations. */
static size_t first_offset(CXCursor variable)
{
    return cursor_offset(clang_getCanonicalCursor(variable));
}

void note_used(struct unit *unit, CXCursor variable)
{
    if (unit->creations.count == 0 || clang_getCursorKind(variable) != CXCursor_VarDecl) return;
    size_t offset = first_offset(variable);
    for (size_t i = 0; i < unit->creations.count; i++)
        if (unit->creations.items[i].unused == offset) unit->creations.items[i].unused = 0;
}

/* The variable whose lock is at `address`: "cache" of "cache.queues[0]". */
static bool is_mentioned(const struct unit *unit, const char *address)
{
    return pruned_mentions(&unit->text, &unit->pruned, arena_copy(unit->arena, address, strcspn(address, ".[")));
}

void forget_unused(struct unit *unit)
{
    for (size_t i = 0; i < unit->creations.count && !unit->lost; i++) {
        struct creation *creation = &unit->creations.items[i];
        if (creation->unused != 0 && !is_mentioned(unit, creation->address)) creation->address = NULL;
    }
}

void note_creations(struct unit *unit, CXCursor variable)
{
    CXType type = clang_getCursorType(variable);
    enum CX_StorageClass storage = clang_Cursor_getStorageClass(variable);
    bool file_scope = clang_getCursorLinkage(variable) != CXLinkage_NoLinkage;
    CXCursor initialiser = clang_Cursor_getVarDeclInitializer(variable);
    bool initialised = !clang_Cursor_isNull(initialiser);
    if (storage == CX_SC_Extern && !initialised) return;
    if (!file_scope && storage != CX_SC_Static && !initialised) return; /* an automatic lock is made by its init call */
    CXType element = element_type(type);
    unsigned elements = MOST_ELEMENTS;
    struct descent descent = {
        .unit = unit, .elements_left = &elements, .initialiser = initialiser, .place = cursor_place(unit, variable),
        .path = arena_string(unit->arena, clang_getCursorSpelling(variable)),
        .addressable = file_scope && clang_getCursorTLSKind(variable) == CXTLS_None,
        .unused = clang_getCursorLinkage(variable) == CXLinkage_Internal ? first_offset(variable) : 0};
    bool direct = type_is_lock(element) || record_merely_wraps(element);
    descend(&descent, type, direct ? name_variable(unit, variable) : -1);
}
