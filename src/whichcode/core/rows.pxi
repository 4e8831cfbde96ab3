"""The rows of the bag layer, from the 4 bits of a model file: what `whichcode.model.rows` says in plain Python."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize


def unpack(packed, steps):
    """Return the int8 rows [size, width] of `packed` [size, width / 2], each times its own of `steps` [size]."""
    cdef const uint8_t[::1] halves = memoryview(packed).cast("B")
    cdef const uint8_t[::1] step = memoryview(steps).cast("B")
    cdef Py_ssize_t size = step.shape[0], i, j, half
    cdef bytes rows = PyBytes_FromStringAndSize(NULL, 2 * halves.shape[0])
    cdef int8_t* to = <int8_t*>PyBytes_AS_STRING(rows)
    cdef const uint8_t* of
    cdef int times
    if halves.shape[0] if not size else halves.shape[0] % size:
        raise ValueError("rows are not [size, width]")
    half = halves.shape[0] // size if size else 0
    of = &halves[0] if half else NULL
    with nogil:
        for i in range(size):
            times = step[i]
            for j in range(half):
                to[2 * j] = <int8_t>(times * ((of[j] & 15) - 8))
                to[2 * j + 1] = <int8_t>(times * ((of[j] >> 4) - 8))
            to += 2 * half
            of += half
    return rows
