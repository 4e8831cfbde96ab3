"""The rows of the bag layer where a model file has them in 4 bits: what `whichcode.model.rows` says in plain Python.

A row is made when it is first asked for, since a process that answers once needs few of them, and memory that nothing
was written to costs nothing. One that is asked `OFTEN` has all of them made, and need not look whether they are there.
"""

cdef extern from "vectors.h":
    int whichcode_is_set "WHICHCODE_IS_SET"(const uint8_t* flag) noexcept nogil
    void whichcode_set "WHICHCODE_SET"(uint8_t* flag) noexcept nogil

cdef enum:
    OFTEN = 256               # texts

cdef struct Packed:
    const uint8_t* halves     # [size, width / 2]
    const uint8_t* steps      # [size]
    uint8_t* made             # [size], 1 for rows that are there
    int8_t* rows              # [size, width]
    Py_ssize_t size, width
    int asked                 # texts, or a few less where threads count at the same time
    uint8_t complete          # 1 if all rows are there

cdef inline void make_row(const Packed* packed, Py_ssize_t row) noexcept nogil:
    """Have `row` at its place. Threads that meet there write the same bytes, and say so after they have."""
    cdef Py_ssize_t j, half = packed.width // 2
    cdef const uint8_t* of
    cdef int8_t* to
    cdef int step
    if whichcode_is_set(packed.made + row):
        return
    of, to, step = packed.halves + row * half, packed.rows + row * packed.width, packed.steps[row]
    for j in range(half):
        to[2 * j] = <int8_t>(step * ((of[j] & 15) - 8))
        to[2 * j + 1] = <int8_t>(step * ((of[j] >> 4) - 8))
    whichcode_set(packed.made + row)

cdef inline void make_rows(Packed* packed, const int32_t* rows, Py_ssize_t found) noexcept nogil:
    """Have the rows of one more text at their places."""
    cdef Py_ssize_t i
    if whichcode_is_set(&packed.complete):
        return
    packed.asked += 1
    if packed.asked < OFTEN:
        for i in range(found):
            make_row(packed, rows[i])
        return
    for i in range(packed.size):
        make_row(packed, i)
    whichcode_set(&packed.complete)
