"""The vocabulary as tables, and the lookup of hashed names in them.

Names are asked for by hash, many at a time: a filter of one bit a slot turns most away, without a branch that the processor
would have to guess; for the rest a table finds the row, and the bytes of the name decide: no collision ever counts. Between
these steps memory is fetched ahead, since the tables are larger than the fast caches.
"""

cdef extern from "vectors.h":
    void whichcode_prefetch "WHICHCODE_PREFETCH"(const void* address) noexcept nogil

cdef enum:
    MOST_QUESTIONS = 256      # more than an n-gram has tokens

cdef struct Slot:
    uint32_t tag
    uint32_t row

cdef struct Table:
    const uint8_t* names      # each followed by one byte, the last perhaps by none
    uint32_t* starts          # [size + 1], of each name
    Py_ssize_t size
    Py_ssize_t longest        # name, in bytes
    Py_ssize_t roomy          # last start of a name after which ROOM + 1 bytes can be read
    Slot* slots
    uint32_t mask
    uint64_t* filter
    uint64_t filter_mask
    int ngrams, shapes        # what is counted: see FeatureSpec
    bint indentation

cdef struct Question:
    # Whether the vocabulary has a name: the byte `prefix` if that is not 0, and then the `n` bytes at `p`.
    uint64_t hash             # mixed
    const uint8_t* p
    uint32_t n
    uint32_t prefix

cdef struct Scratch:
    uint32_t* counts          # of each row, all zero between texts
    int32_t* rows             # those that are not zero
    Py_ssize_t found
    uint8_t* text             # what names are compared with: two stretches of BUFFER + ROOM bytes
    Question* questions       # [MOST_QUESTIONS]
    int asked                 # how many of them wait
    Py_ssize_t noted          # bytes at `text` that names of indentation take
    bint hash_only            # whether nothing is looked up, to measure what comes before
    uint64_t work             # bytes hashed and names asked for


cdef uint64_t MASKS[2][ROOM + 1]  # for the first and the last half of ROOM bytes, of which so many count
for _i in range(ROOM + 1):
    MASKS[0][_i] = (1 << 8 * min(_i, 8)) - 1
    MASKS[1][_i] = (1 << 8 * max(_i - 8, 0)) - 1


cdef inline bint same(const uint8_t* a, const uint8_t* b, Py_ssize_t n, bint roomy) noexcept nogil:
    """Tell whether `n` bytes are the same; if `roomy`, ROOM bytes can be read, and are compared without branches."""
    cdef uint64_t x, y, v, w
    if n > ROOM or not roomy:
        return memcmp(a, b, n) == 0
    memcpy(&x, a, 8)
    memcpy(&y, b, 8)
    memcpy(&v, a + 8, 8)
    memcpy(&w, b + 8, 8)
    return (((x ^ y) & MASKS[0][n]) | ((v ^ w) & MASKS[1][n])) == 0


cdef inline Question* ask(
    Question* question, uint64_t h, int prefix, const uint8_t* p, Py_ssize_t n
) noexcept nogil:
    """Note a question and return where the next goes; `p` has to stay until `look_up`, with ROOM bytes to be read there."""
    question.hash, question.p, question.n, question.prefix = mixed(h), p, <uint32_t>n, prefix
    return question + 1


cdef inline Question* next_question(const Table* table, int most, Scratch* scratch) noexcept nogil:
    """Return where the next question goes, with room for `most`."""
    if scratch.asked + most > MOST_QUESTIONS:
        look_up(table, scratch)
    return &scratch.questions[scratch.asked]


cdef void look_up(const Table* table, Scratch* scratch) noexcept nogil:
    """Answer the questions that wait."""
    cdef uint16_t left[MOST_QUESTIONS + 1]
    cdef uint32_t rows[MOST_QUESTIONS]
    cdef int i, asked = scratch.asked, size = 0, kept = 0
    cdef uint64_t m
    cdef uint32_t slot, row
    scratch.work += asked
    scratch.asked = 0
    if scratch.hash_only:
        return
    for i in range(asked):
        m = scratch.questions[i].hash
        left[size] = i
        size += (table.filter[(m & table.filter_mask) >> 6] >> (m & 63)) & 1
    for i in range(size):
        whichcode_prefetch(&table.slots[(scratch.questions[left[i]].hash >> 20) & table.mask])
    for i in range(size):
        m = scratch.questions[left[i]].hash
        slot = (m >> 20) & table.mask
        row = table.slots[slot].row
        while row != EMPTY and table.slots[slot].tag != <uint32_t>(m >> 32):
            slot = (slot + 1) & table.mask
            row = table.slots[slot].row
        left[kept] = left[i]
        rows[kept] = row
        if row != EMPTY:
            whichcode_prefetch(&table.starts[row])
            whichcode_prefetch(&scratch.counts[row])
            kept += 1
    for i in range(kept):
        whichcode_prefetch(table.names + table.starts[rows[i]])
    for i in range(kept):
        row = rows[i]
        if not is_name(table, row, &scratch.questions[left[i]]):
            # Another name of the same hash, or of the same 32 bits of it: what is asked for may come later.
            row = next_row(table, row, &scratch.questions[left[i]])
            if row == EMPTY:
                continue
        # There is room for one more than there are rows.
        scratch.rows[scratch.found] = row
        scratch.found += scratch.counts[row] == 0
        scratch.counts[row] += 1


cdef inline bint is_name(const Table* table, uint32_t row, const Question* question) noexcept nogil:
    cdef Py_ssize_t start = table.starts[row], length = table.starts[row + 1] - start - 1
    cdef const uint8_t* name = table.names + start
    cdef bint marked = question.prefix != 0
    if length != question.n + marked or marked and name[0] != question.prefix:
        return False
    return same(name + marked, question.p, question.n, start <= table.roomy)


cdef uint32_t next_row(const Table* table, uint32_t row, const Question* question) noexcept nogil:
    """Return the row after `row`, on the way from the hash's own slot, that is what is asked for; or EMPTY."""
    cdef uint32_t slot = (question.hash >> 20) & table.mask
    cdef bint passed = False
    while table.slots[slot].row != EMPTY:
        if passed and table.slots[slot].tag == <uint32_t>(question.hash >> 32):
            if is_name(table, table.slots[slot].row, question):
                return table.slots[slot].row
        passed = passed or table.slots[slot].row == row
        slot = (slot + 1) & table.mask
    return EMPTY


cdef int build_table(Table* table, object names, Py_ssize_t size) except -1:
    """Fill `table` with `size` names, separated by NUL, of which some may be the same: the first of them is found.

    Raises:
        ValueError: fewer names than said, or one longer than there is room for.
    """
    cdef const uint8_t[::1] view = names
    cdef const uint8_t* p = &view[0] if view.shape[0] else NULL
    cdef Py_ssize_t total = view.shape[0], at = 0, length, bits = 10, i
    cdef const uint8_t* end
    cdef uint64_t m
    cdef uint32_t slot
    table.names, table.size, table.longest, table.roomy = p, size, 0, total - ROOM - 1
    while (<Py_ssize_t>1 << bits) < 2 * size:
        bits += 1
    table.mask = (<uint32_t>1 << bits) - 1
    # Eight bits of the filter for each slot of the table.
    table.filter_mask = (<uint64_t>1 << (bits + 3)) - 1
    table.slots = <Slot*>malloc((<size_t>table.mask + 1) * sizeof(Slot))
    table.filter = <uint64_t*>calloc((table.filter_mask + 1) // 64, 8)
    table.starts = <uint32_t*>malloc((size + 1) * sizeof(uint32_t))
    if not table.slots or not table.filter or not table.starts:
        raise MemoryError()
    memset(table.slots, 0xFF, (<size_t>table.mask + 1) * sizeof(Slot))
    for i in range(size):
        if at >= total:
            raise ValueError("fewer names than said")
        end = <const uint8_t*>memchr(p + at, 0, total - at)
        length = end - (p + at) if end != NULL else total - at
        table.starts[i] = at
        if length > table.longest:
            table.longest = length
        m = mixed(hash_of(p + at, length))
        table.filter[(m & table.filter_mask) >> 6] |= <uint64_t>1 << (m & 63)
        slot = (m >> 20) & table.mask
        while table.slots[slot].row != EMPTY:
            slot = (slot + 1) & table.mask
        table.slots[slot].tag = m >> 32
        table.slots[slot].row = i
        at += length + 1
    table.starts[size] = at
    if table.longest > BUFFER // 4:
        raise ValueError("a name is too long")
    return 0


cdef void free_table(Table* table) noexcept:
    free(table.slots)
    free(table.filter)
    free(table.starts)


cdef Scratch* new_scratch(Py_ssize_t size) except NULL:
    cdef Scratch* scratch = <Scratch*>calloc(1, sizeof(Scratch))
    if scratch == NULL:
        raise MemoryError()
    scratch.counts = <uint32_t*>calloc(size + 1, sizeof(uint32_t))
    scratch.rows = <int32_t*>malloc((size + 1) * sizeof(int32_t))
    scratch.text = <uint8_t*>malloc(2 * (BUFFER + ROOM))
    scratch.questions = <Question*>malloc(MOST_QUESTIONS * sizeof(Question))
    if not (scratch.counts and scratch.rows and scratch.text and scratch.questions):
        free_scratch(scratch)
        raise MemoryError()
    return scratch


cdef void free_scratch(Scratch* scratch) noexcept:
    free(scratch.counts)
    free(scratch.rows)
    free(scratch.text)
    free(scratch.questions)
    free(scratch)


cdef void clear(Scratch* scratch) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(scratch.found):
        scratch.counts[scratch.rows[i]] = 0
    scratch.found = 0
