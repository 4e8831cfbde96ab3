"""The vocabulary as tables, and the lookup of hashed names in them.

Names are asked for by hash, many at a time: a filter of one bit a slot turns most away, without a branch that the processor
would have to guess; for the rest a table of slots has the names themselves, the few long ones but for their ends, so that one
line of memory, fetched ahead, settles it. The bytes of the name decide: no collision ever counts.
"""

cdef extern from "vectors.h":
    void whichcode_prefetch "WHICHCODE_PREFETCH"(const void* address) noexcept nogil

cdef enum:
    MOST_QUESTIONS = 256      # more than an n-gram has tokens
    INLINE = 11
    LONG = 127
    MARKED = 128

cdef struct Key:
    # A name's length (LONG for any as long or longer) and MARKED if it begins with the byte of shapes and goes on, which is
    # then left out of both; and its first INLINE bytes.
    uint64_t last             # bytes 3 to 10
    uint32_t first            # length and mark, bytes 0 to 2

cdef struct Slot:
    Key key
    uint32_t row

cdef struct Table:
    const uint8_t* names      # each followed by one byte, the last perhaps by none
    uint32_t* starts          # [size + 1], of each name
    Py_ssize_t size
    Py_ssize_t longest        # name, in bytes
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


cdef uint64_t MASKS[INLINE + 1][2]  # for names of so many bytes, what of the first 3 and the next 8 counts
for _i in range(INLINE + 1):
    MASKS[_i][0] = (1 << 8 * min(_i, 3)) - 1
    MASKS[_i][1] = (1 << 8 * max(_i - 3, 0)) - 1


cdef inline Key key_of(const uint8_t* p, Py_ssize_t n, bint marked) noexcept nogil:
    """Return the key of a name, without the byte of shapes if `marked`; ROOM bytes can be read at `p`."""
    cdef Key key
    cdef uint64_t first
    cdef Py_ssize_t inline_size = n if n < INLINE else INLINE
    memcpy(&first, p, 8)
    memcpy(&key.last, p + 3, 8)
    first = (first & MASKS[inline_size][0]) << 8 | <uint64_t>(n if n < LONG else LONG)
    key.first = <uint32_t>first | (MARKED if marked else 0)
    key.last &= MASKS[inline_size][1]
    return key


cdef inline Question* ask(
    Question* question, uint64_t h, int prefix, const uint8_t* p, Py_ssize_t n
) noexcept nogil:
    """Note a question and return where the next goes; `p` has to stay until `look_up`, with ROOM bytes to be read there."""
    # What is spelled as a shape, by a control character that the text holds, is one.
    if p[0] == SHAPE_BYTE and not prefix and n > 1:
        prefix, p, n = SHAPE_BYTE, p + 1, n - 1
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
    cdef int i, asked = scratch.asked, size = 0
    cdef uint64_t m
    cdef uint32_t slot, row
    cdef const Question* question
    cdef const Slot* held
    cdef Key key
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
        question = &scratch.questions[left[i]]
        key = key_of(question.p, question.n, question.prefix != 0)
        slot = (question.hash >> 20) & table.mask
        while True:
            held = &table.slots[slot]
            row = held.row
            if row == EMPTY:
                break
            if held.key.last == key.last and held.key.first == key.first:
                if question.n <= INLINE or is_name(table, row, question):
                    # There is room for one more than there are rows.
                    scratch.rows[scratch.found] = row
                    scratch.found += scratch.counts[row] == 0
                    scratch.counts[row] += 1
                    break
            slot = (slot + 1) & table.mask


cdef inline bint is_name(const Table* table, uint32_t row, const Question* question) noexcept nogil:
    cdef Py_ssize_t start = table.starts[row], length = table.starts[row + 1] - start - 1
    cdef bint marked = question.prefix != 0
    return length == question.n + marked and memcmp(table.names + start + marked, question.p, question.n) == 0


cdef int build_table(Table* table, object names, Py_ssize_t size) except -1:
    """Fill `table` with `size` names, separated by NUL, of which some may be the same: the first of them is found.

    Raises:
        ValueError: fewer names than said, or one longer than there is room for.
    """
    cdef const uint8_t[::1] view = names
    cdef const uint8_t* p = &view[0] if view.shape[0] else NULL
    cdef Py_ssize_t total = view.shape[0], at = 0, length, bits = 10, i
    cdef const uint8_t* end
    cdef uint8_t name[ROOM]
    cdef bint marked
    cdef uint64_t m
    cdef uint32_t slot
    table.names, table.size, table.longest = p, size, 0
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
        marked = length > 1 and p[at] == SHAPE_BYTE
        memset(name, 0, sizeof(name))
        memcpy(name, p + at + marked, min(length - marked, INLINE))
        table.slots[slot].key = key_of(name, length - marked, marked)
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
