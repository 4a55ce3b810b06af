/* SPDX-License-Identifier: Apache-2.0 */
/* Protobuf's wire format: a field is a varint (number << 3 | type) and a payload whose length the type tells. */
#include "profile/wire.h"

bool mutray_wire_number(struct mutray_wire *wire, uint64_t *ret_number)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (wire->at == wire->end) {
            wire->bad |= shift > 0;
            return false;
        }
        uint8_t byte = *wire->at++;
        if (shift < 64) number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret_number = number;
            return true;
        }
    }
    wire->bad = true;
    return false;
}

bool mutray_wire_next(struct mutray_wire *wire, struct mutray_wire_field *ret_field)
{
    struct mutray_wire_field field = {.start = wire->at};
    uint64_t tag, size = 0;
    if (!mutray_wire_number(wire, &tag)) return false;
    field.number = (uint32_t)(tag >> 3);
    field.type = (enum mutray_wire_type)(tag & 7);
    field.bytes = wire->at;
    bool good = tag >> 3 > 0 && tag >> 3 <= UINT32_MAX;
    switch (field.type) {
    case MUTRAY_WIRE_NUMBER:
        good &= mutray_wire_number(wire, &field.value);
        size = 0; /* already passed */
        break;
    case MUTRAY_WIRE_FIXED64:
        size = 8;
        break;
    case MUTRAY_WIRE_BYTES:
        good &= mutray_wire_number(wire, &size);
        field.bytes = wire->at;
        break;
    case MUTRAY_WIRE_FIXED32:
        size = 4;
        break;
    default:
        good = false;
    }
    if (!good || size > (size_t)(wire->end - wire->at)) {
        wire->bad = true;
        return false;
    }
    wire->at += size;
    field.size = (size_t)(wire->at - field.bytes);
    *ret_field = field;
    return true;
}

size_t mutray_wire_put(uint8_t *out, uint64_t number)
{
    size_t length = 0;
    for (; number >= 0x80; number >>= 7) out[length++] = (uint8_t)(number | 0x80);
    out[length++] = (uint8_t)number;
    return length;
}
