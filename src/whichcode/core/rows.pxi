"""The rows of the bag layer where a model file has them in 4 bits: what `whichcode.model.rows` says in plain Python.

A row is made when it is first asked for, since a process that answers once needs few of them: memory that nothing was
written to costs nothing.
"""

cdef extern from "vectors.h":
    int whichcode_is_set "WHICHCODE_IS_SET"(const uint8_t* flag) noexcept nogil
    void whichcode_set "WHICHCODE_SET"(uint8_t* flag) noexcept nogil

cdef struct Packed:
    const uint8_t* halves     # [size, width / 2]
    const uint8_t* steps      # [size]
    uint8_t* made             # [size], 1 for rows that are there
    int8_t* rows              # [size, width]

cdef inline void make_row(const Packed* packed, Py_ssize_t row, Py_ssize_t width) noexcept nogil:
    """Have `row` at its place. Threads that meet there write the same bytes, and say so after they have."""
    cdef Py_ssize_t j, half = width // 2
    cdef const uint8_t* of
    cdef int8_t* to
    cdef int step
    if whichcode_is_set(packed.made + row):
        return
    of, to, step = packed.halves + row * half, packed.rows + row * width, packed.steps[row]
    for j in range(half):
        to[2 * j] = <int8_t>(step * ((of[j] & 15) - 8))
        to[2 * j + 1] = <int8_t>(step * ((of[j] >> 4) - 8))
    whichcode_set(packed.made + row)
