/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lock functions as values.
 *
 * A name that is not called but stored, handed on or compared becomes the name of one function for all such references in
 * the module (emit.c), so that pointers that were equal stay equal. But `if (pthread_mutex_lock)` and
 * `pthread_mutex_lock != NULL` ask whether the program has threads at all: the answer must be about the C library's own
 * function, so that name stays as it is.
 */
#include "references.h"

static enum CXChildVisitResult take_operand(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct operands *operands = data;
    (void)parent;
    if (operands->count < 2) operands->items[operands->count++] = cursor;
    return CXChildVisit_Continue;
}

struct operands operands_of(CXCursor cursor)
{
    struct operands operands = {.count = 0};
    clang_visitChildren(cursor, take_operand, &operands);
    return operands;
}

/* What is behind conversions, parentheses and `&`. */
static CXCursor bare(CXCursor cursor)
{
    for (;;) {
        enum CXCursorKind kind = clang_getCursorKind(cursor);
        bool wraps = kind == CXCursor_ParenExpr || kind == CXCursor_UnexposedExpr || kind == CXCursor_CStyleCastExpr ||
                     (kind == CXCursor_UnaryOperator &&
                      clang_getCursorUnaryOperatorKind(cursor) == CXUnaryOperator_AddrOf);
        if (!wraps) return cursor;
        struct operands operands = operands_of(cursor);
        if (operands.count == 0) return cursor;
        cursor = operands.items[operands.count - 1];
    }
}

static void note_test(struct unit *unit, CXCursor operand)
{
    unsigned offset;
    CXCursor name = bare(operand);
    if (clang_getCursorKind(name) != CXCursor_DeclRefExpr) return;
    clang_getSpellingLocation(clang_getCursorLocation(name), NULL, NULL, NULL, &offset);
    struct spelling *spelling = scan_spelling_at(&unit->scan, offset);
    if (spelling != NULL) spelling->taken = spelling->tested = true;
}

static void note_binary(struct unit *unit, CXCursor cursor)
{
    enum CXBinaryOperatorKind kind = clang_getCursorBinaryOperatorKind(cursor);
    bool logic = kind == CXBinaryOperator_LAnd || kind == CXBinaryOperator_LOr;
    bool comparison = kind == CXBinaryOperator_EQ || kind == CXBinaryOperator_NE;
    if (!logic && !comparison) return;
    struct operands operands = operands_of(cursor);
    for (int i = 0; i < 2 && operands.count == 2; i++)
        if (logic || clang_getCursorKind(bare(operands.items[1 - i])) == CXCursor_IntegerLiteral)
            note_test(unit, operands.items[i]);
}

static void note_condition(struct unit *unit, CXCursor cursor)
{
    struct operands operands = operands_of(cursor);
    if (operands.count != 0) note_test(unit, operands.items[0]);
}

void note_tests(struct unit *unit, CXCursor cursor)
{
    switch ((int)clang_getCursorKind(cursor)) {
    case CXCursor_IfStmt: case CXCursor_WhileStmt: case CXCursor_ConditionalOperator:
        note_condition(unit, cursor);
        break;
    case CXCursor_UnaryOperator:
        if (clang_getCursorUnaryOperatorKind(cursor) == CXUnaryOperator_LNot) note_condition(unit, cursor);
        break;
    case CXCursor_BinaryOperator:
        note_binary(unit, cursor);
        break;
    }
}
