"""The vocabulary's names, to be found in a text: bags, in Python's terms."""

cdef int by_value(const void* a, const void* b) noexcept nogil:
    cdef int32_t x = (<const int32_t*>a)[0], y = (<const int32_t*>b)[0]
    return (x > y) - (x < y)


cdef class Index:
    """The vocabulary and what is counted.

    Args:
        names: the names in UTF-8, separated by NUL, a buffer that is kept and not copied.
        size: how many.
        ngrams, shapes, indentation: see `whichcode.features.extract.FeatureSpec`; 1, 0 and False count single tokens, white
            space among them.
    """

    cdef readonly object names
    cdef Table table
    cdef list idle

    def __init__(self, names not None, Py_ssize_t size, int ngrams, int shapes, bint indentation):
        if not (1 <= ngrams <= MOST_TOKENS and 0 <= shapes <= MOST_TOKENS):
            raise ValueError("n-grams of 1 to 16 tokens, shapes of 0 to 16")
        self.names, self.idle = names, []
        self.table.ngrams, self.table.shapes, self.table.indentation = ngrams, shapes, indentation
        build_table(&self.table, names, size)

    def __dealloc__(self):
        free_table(&self.table)
        for address in self.idle or ():
            free_scratch(<Scratch*><size_t>address)

    @property
    def size(self):
        """How many names there are."""
        return self.table.size

    cdef Scratch* take(self) except NULL:
        """Return scratch memory for one text at a time; with the GIL held."""
        if self.idle:
            return <Scratch*><size_t>self.idle.pop()
        return new_scratch(self.table.size)

    cdef void give_back(self, Scratch* scratch):
        self.idle.append(<size_t>scratch)

    def bag(self, str text not None):
        """Return ``{row: count}`` for the features of `text`, rows in rising order."""
        cdef Scratch* scratch = self.take()
        cdef Py_ssize_t n, i
        cdef const uint8_t* p
        try:
            owner = encoded(text)
            p = bytes_of(owner, &n)
            with nogil:
                count(&self.table, p, n, scratch)
                qsort(scratch.rows, scratch.found, sizeof(int32_t), by_value)
            return {scratch.rows[i]: scratch.counts[scratch.rows[i]] for i in range(scratch.found)}
        finally:
            clear(scratch)
            self.give_back(scratch)

    def matrix(self, texts):
        """Return the bags of `texts` as (indptr, indices, data): bytes of int64, int32 and int32, as in a CSR matrix."""
        cdef Scratch* scratch = self.take()
        cdef Py_ssize_t n, i, total = 0, space = 1 << 12
        cdef const uint8_t* p
        cdef int32_t* indices = <int32_t*>malloc(space * sizeof(int32_t))
        cdef int32_t* data = <int32_t*>malloc(space * sizeof(int32_t))
        cdef list ends = [0]
        try:
            for text in texts:
                owner = encoded(text)
                p = bytes_of(owner, &n)
                count(&self.table, p, n, scratch)
                qsort(scratch.rows, scratch.found, sizeof(int32_t), by_value)
                if total + scratch.found > space:
                    space = 2 * (total + scratch.found)
                    indices = <int32_t*>realloc(indices, space * sizeof(int32_t))
                    data = <int32_t*>realloc(data, space * sizeof(int32_t))
                if not indices or not data:
                    raise MemoryError()
                memcpy(indices + total, scratch.rows, scratch.found * sizeof(int32_t))
                for i in range(scratch.found):
                    data[total + i] = scratch.counts[scratch.rows[i]]
                total += scratch.found
                clear(scratch)
                ends.append(total)
            from array import array

            return (
                array("q", ends).tobytes(),
                PyBytes_FromStringAndSize(<char*>indices, total * sizeof(int32_t)),
                PyBytes_FromStringAndSize(<char*>data, total * sizeof(int32_t)),
            )
        finally:
            free(indices)
            free(data)
            clear(scratch)
            self.give_back(scratch)

    def work(self, str text not None):
        """Return how much is done for `text`: bytes hashed and names asked for; so that a test can count it."""
        cdef Scratch* scratch = self.take()
        cdef Py_ssize_t n
        cdef const uint8_t* p
        cdef uint64_t before
        try:
            owner = encoded(text)
            p = bytes_of(owner, &n)
            before = scratch.work
            count(&self.table, p, n, scratch)
            return scratch.work - before
        finally:
            clear(scratch)
            self.give_back(scratch)
