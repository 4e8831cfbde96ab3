"""From a text to the names of its features, in one pass over UTF-8 bytes: lexing, n-grams, shapes, indentation.

What `whichcode.features.extract` says in a page of Python. A token n-gram is a stretch of the text with its white space
collapsed, a shape n-gram a stretch of the text of shapes; so both are hashed by a polynomial, of which the value for two
strings joined follows from their values.

Time is linear in the bytes, and memory constant beside the text: what is kept of it is the stretch that the longest name
could need.
"""

cdef struct Trail:
    # The n-grams that end at the last token, by their number of tokens, and the text that they are of.
    uint8_t* text
    Py_ssize_t end
    int longest             # n-gram, in tokens
    int held                # n-grams of 1 to `held` tokens are there
    int prefix              # SHAPE_BYTE if their names begin with it, or 0
    uint64_t hash[MOST_TOKENS + 1]
    Py_ssize_t start[MOST_TOKENS + 1]


cdef void count(const Table* table, const uint8_t* p, Py_ssize_t n, Scratch* scratch) noexcept nogil:
    """Count the features of `n` bytes at `p`: `scratch.found` rows in `scratch.rows`, in no order."""
    if table.ngrams == 1 and not table.shapes and not table.indentation:
        scratch.noted = 0
        count_tokens(table, p, n, scratch)
    else:
        count_ngrams(table, p, n, scratch)
        # The text of n-grams lies where the next text's will lie.
        look_up(table, scratch)
        scratch.noted = 0
        if table.indentation:
            count_indentation(table, p, n, scratch)
    look_up(table, scratch)


cdef void count_tokens(const Table* table, const uint8_t* p, Py_ssize_t n, Scratch* scratch) noexcept nogil:
    cdef Py_ssize_t i = 0, start
    cdef uint8_t kind
    cdef uint8_t* name
    cdef uint64_t h
    while i < n:
        start = i
        kind = CLASS[p[i]]
        h = <uint64_t>p[i] + 1
        i += 1
        if kind >= WORD:
            while i < n and CLASS[p[i]] == kind:
                h = h * FACTOR + p[i] + 1
                i += 1
        scratch.work += i - start
        if i - start <= table.longest:
            name = noted(table, i - start, scratch)
            memcpy(name, p + start, i - start)
            ask(next_question(table, 1, scratch), h, 0, name, i - start)
            scratch.asked += 1


cdef void count_ngrams(const Table* table, const uint8_t* p, Py_ssize_t n, Scratch* scratch) noexcept nogil:
    cdef Trail tokens, shapes
    cdef Py_ssize_t i = 0, start
    cdef uint8_t kind, traits
    cdef bint space = False, line_begins = True
    cdef uint64_t h
    cdef const Shape* shape
    tokens.text, tokens.end, tokens.held, tokens.longest, tokens.prefix = scratch.text, 0, 0, table.ngrams, 0
    shapes.text, shapes.end, shapes.held, shapes.longest, shapes.prefix = (
        scratch.text + BUFFER + ROOM, 0, 0, table.shapes, SHAPE_BYTE
    )
    extend(table, &tokens, LINE_FEEDS, 1, ROOM, 11, False, scratch)
    if table.shapes:
        extend(table, &shapes, LINE_FEEDS, 1, ROOM, 11, False, scratch)
    while i < n:
        kind = CLASS[p[i]]
        if kind == BLANK:
            space = not line_begins
            i += 1
            continue
        if kind == LINE_FEED:
            space = False
            i += 1
            if not line_begins:
                extend(table, &tokens, LINE_FEEDS, 1, ROOM, 11, False, scratch)
                if table.shapes:
                    extend(table, &shapes, LINE_FEEDS, 1, ROOM, 11, False, scratch)
            line_begins = True
            continue
        start = i
        h = 0
        if kind == WORD:
            traits = 0
            while i < n and CLASS[p[i]] == WORD:
                h = h * FACTOR + p[i] + 1
                traits |= TRAIT[p[i]]
                i += 1
            extend(table, &tokens, p + start, i - start, n - start, h, space, scratch)
            if table.shapes:
                shape = &SHAPES[shape_of(p + start, i - start, traits)]
                extend(table, &shapes, shape.name, shape.length, ROOM, shape.hash, space, scratch)
        else:
            while i < n and CLASS[p[i]] == MARK:
                h = h * FACTOR + p[i] + 1
                i += 1
            extend(table, &tokens, p + start, i - start, n - start, h, space, scratch)
            if table.shapes:
                extend(table, &shapes, p + start, i - start, n - start, h, space, scratch)
        scratch.work += i - start
        space = line_begins = False
    if not line_begins:
        extend(table, &tokens, LINE_FEEDS, 1, ROOM, 11, False, scratch)
        if table.shapes:
            extend(table, &shapes, LINE_FEEDS, 1, ROOM, 11, False, scratch)


cdef inline void extend(
    const Table* table,
    Trail* trail,
    const uint8_t* p,
    Py_ssize_t n,
    Py_ssize_t room,
    uint64_t h,
    bint space,
    Scratch* scratch,
) noexcept nogil:
    """Ask for the n-grams that end with the token of `n` bytes at `p` and hash `h`, after a space if `space`.

    From `p` on, `room` bytes can be read.
    """
    cdef int k, held
    cdef Question* question
    cdef Py_ssize_t length = n + space, begin
    cdef uint64_t power, spaced
    if n > table.longest:
        trail.held = 0  # no name is as long as this token
        return
    if trail.end + length > BUFFER:
        look_up(table, scratch)  # before its text moves
        begin = trail.start[trail.held] if trail.held else trail.end
        memmove(trail.text, trail.text + begin, trail.end - begin)
        trail.end -= begin
        for k in range(1, trail.held + 1):
            trail.start[k] -= begin
    trail.text[trail.end] = 32
    # Copying a fixed number of bytes is a matter of two instructions.
    if n <= ROOM and room >= ROOM:
        memcpy(trail.text + trail.end + space, p, ROOM)
    else:
        memcpy(trail.text + trail.end + space, p, n)
    power = POWER[length]
    spaced = h + 33 * POWER[n] if space else h
    begin = trail.end + space
    trail.end += length
    held = min(trail.held, trail.longest - 1)
    # What has grown longer than any name will not be one any more, and neither will what is longer still.
    while held and trail.end - trail.start[held] + (trail.prefix != 0) > table.longest:
        held -= 1
    for k in range(held, 0, -1):
        trail.hash[k + 1] = trail.hash[k] * power + spaced
        trail.start[k + 1] = trail.start[k]
    trail.hash[1] = h + 2 * POWER[n] if trail.prefix else h
    trail.start[1] = begin
    trail.held = held + 1
    question = next_question(table, held + 1, scratch)
    for k in range(1, held + 2):
        question = ask(question, trail.hash[k], trail.prefix, trail.text + trail.start[k], trail.end - trail.start[k])
    scratch.asked += held + 1


cdef void count_indentation(const Table* table, const uint8_t* p, Py_ssize_t n, Scratch* scratch) noexcept nogil:
    cdef Py_ssize_t at = 0, end, first, before = 0, before_length = -1, last = 0, length
    cdef const uint8_t* found
    while at <= n:
        found = <const uint8_t*>memchr(p + at, 10, n - at) if at < n else NULL
        end = found - p if found != NULL else n
        first = at
        while first < end and (p[first] == 32 or p[first] == 9):
            first += 1
        if first < end and CLASS[p[first]] >= WORD:
            length = first - at
            if before_length >= 0 and (length != before_length or memcmp(p + at, p + before, length)):
                ask_indentation(table, p, before, before_length, at, length, last, scratch)
            before, before_length = at, length
            last = end
        at = end + 1


cdef void ask_indentation(
    const Table* table,
    const uint8_t* p,
    Py_ssize_t before,
    Py_ssize_t before_length,
    Py_ssize_t after,
    Py_ssize_t after_length,
    Py_ssize_t last,
    Scratch* scratch,
) noexcept nogil:
    """Ask for both features of a change of indentation; the line before ended at `last`."""
    cdef uint8_t* name
    cdef uint8_t change[2]
    cdef Py_ssize_t size = 1, i, characters = 0, added
    cdef uint8_t kind
    if after_length > before_length and memcmp(p + before, p + after, before_length) == 0:
        added = after_length - before_length
        change[0], size = 62, 2
        if memchr(p + after + before_length, 9, added) == NULL:
            change[1] = 48 + min(added, 8)
        elif memchr(p + after + before_length, 32, added) == NULL:
            change[1] = 9
        else:
            change[1] = 63
    elif before_length > after_length and memcmp(p + before, p + after, after_length) == 0:
        change[0] = 60
        if memchr(p + before, 9, before_length) != NULL:
            change[1], size = 9, 2
    else:
        change[0] = 63
    name = noted(table, 4, scratch)
    name[0] = 2
    memcpy(name + 1, change, size)
    ask(next_question(table, 1, scratch), hash_of(name, size + 1), 0, name, size + 1)
    scratch.asked += 1
    while CLASS[p[last - 1]] == BLANK:
        last -= 1
    kind = CLASS[p[last - 1]]
    i = last
    while i > 0 and CLASS[p[i - 1]] == kind:
        i -= 1
        characters += (p[i] & 0xC0) != 0x80
        if characters > MOST_LAST_TOKEN:
            return
    if last - i > 4 * MOST_LAST_TOKEN:
        return
    name = noted(table, last - i + 4, scratch)
    name[0] = 2
    memcpy(name + 1, p + i, last - i)
    name[1 + last - i] = 32
    memcpy(name + 2 + last - i, change, size)
    size += 2 + last - i
    scratch.work += size
    ask(next_question(table, 1, scratch), hash_of(name, size), 0, name, size)
    scratch.asked += 1


cdef inline uint8_t* noted(const Table* table, Py_ssize_t size, Scratch* scratch) noexcept nogil:
    """Return room for a name of `size` bytes that is asked for at once, where those that wait do not lie."""
    if scratch.noted + size > BUFFER:
        look_up(table, scratch)
        scratch.noted = 0
    scratch.noted += size
    return scratch.text + scratch.noted - size
