#define NAME code
    .text
    .globl NAME
NAME:
    ret
    .section .note.GNU-stack,"",%progbits
