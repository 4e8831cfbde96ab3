"""The features of a text that a vocabulary knows: lexing, n-grams, shapes, indentation and lookup, compiled.

What `whichcode.features.extract` says in a page of Python, in one pass over UTF-8 bytes. A token n-gram is a stretch of the
text with its white space collapsed, a shape n-gram a stretch of the text of shapes; so both are hashed by a
polynomial, of which the value for two strings joined follows from their values. A filter of one bit a slot
turns most n-grams away, a table finds the row, and the bytes of the name decide: no collision ever counts.

Time is linear in the bytes, and memory constant beside the text: what is kept of it is the stretch that the
longest name could need.
"""

cdef struct Slot:
    uint32_t tag
    uint32_t row

cdef struct Scratch:
    uint32_t* counts        # of each row, all zero between texts
    int32_t* rows           # those that are not zero
    Py_ssize_t found
    uint8_t* text           # what names are compared with: two stretches of BUFFER bytes
    uint64_t work           # bytes hashed and names asked for

cdef struct Trail:
    # The n-grams that end at the last token, by their number of tokens, and the text that they are of.
    uint8_t* text
    Py_ssize_t end
    int longest             # n-gram, in tokens
    int held                # n-grams of 1 to `held` tokens are there
    uint64_t hash[MOST_TOKENS + 1]
    Py_ssize_t start[MOST_TOKENS + 1]


cdef int by_value(const void* a, const void* b) noexcept nogil:
    cdef int32_t x = (<const int32_t*>a)[0], y = (<const int32_t*>b)[0]
    return (x > y) - (x < y)


cdef class Index:
    """The vocabulary's names, to be found by hash, and what is counted.

    Args:
        names: the names in UTF-8, each ended by a NUL.
        size: how many.
        ngrams, shapes, indentation: see `whichcode.features.extract.FeatureSpec`; 1, 0 and False count single tokens, white
            space among them.
    """

    cdef readonly bytes names
    cdef readonly Py_ssize_t size
    cdef readonly int ngrams, shapes
    cdef readonly bint indentation
    cdef const uint8_t* names_at
    cdef Py_ssize_t longest
    cdef Slot* slots
    cdef uint32_t mask
    cdef uint64_t* filter
    cdef uint64_t filter_mask
    cdef uint32_t* starts
    cdef list free_scratch

    def __init__(self, bytes names not None, Py_ssize_t size, int ngrams, int shapes, bint indentation):
        cdef const uint8_t* p = <const uint8_t*>PyBytes_AS_STRING(names)
        cdef Py_ssize_t total = len(names), at = 0, length, bits, i
        cdef const uint8_t* end
        cdef uint64_t m
        cdef uint32_t slot
        if not (1 <= ngrams <= MOST_TOKENS and 0 <= shapes <= MOST_TOKENS):
            raise ValueError("n-grams of 1 to 16 tokens, shapes of 0 to 16")
        self.names, self.names_at, self.size = names, p, size
        self.ngrams, self.shapes, self.indentation = ngrams, shapes, indentation
        bits = 10
        while (<Py_ssize_t>1 << bits) < 2 * size:
            bits += 1
        self.mask = (<uint32_t>1 << bits) - 1
        # Eight bits of the filter for each slot of the table.
        self.filter_mask = (<uint64_t>1 << (bits + 3)) - 1
        self.slots = <Slot*>malloc((self.mask + 1) * sizeof(Slot))
        self.filter = <uint64_t*>calloc((self.filter_mask + 1) // 64, 8)
        self.starts = <uint32_t*>malloc((size + 1) * sizeof(uint32_t))
        if not self.slots or not self.filter or not self.starts:
            raise MemoryError()
        memset(self.slots, 0xFF, (self.mask + 1) * sizeof(Slot))
        self.longest = 0
        for i in range(size):
            end = <const uint8_t*>memchr(p + at, 0, total - at)
            if end == NULL:
                raise ValueError("fewer names than said")
            length = end - (p + at)
            self.starts[i] = at
            if length > self.longest:
                self.longest = length
            m = mixed(hash_of(p + at, length))
            self.filter[(m & self.filter_mask) >> 6] |= <uint64_t>1 << (m & 63)
            slot = (m >> 20) & self.mask
            while self.slots[slot].row != EMPTY:
                slot = (slot + 1) & self.mask
            self.slots[slot].tag = m >> 32
            self.slots[slot].row = i
            at += length + 1
        self.starts[size] = at
        self.free_scratch = []
        if self.longest > BUFFER // 4:
            raise ValueError("a name is too long")

    def __dealloc__(self):
        free(self.slots)
        free(self.filter)
        free(self.starts)
        for address in self.free_scratch or ():
            destroy(<Scratch*><size_t>address)

    cdef Scratch* take(self) except NULL:
        """Return scratch memory for one text at a time; with the GIL held."""
        cdef Scratch* scratch
        if self.free_scratch:
            return <Scratch*><size_t>self.free_scratch.pop()
        scratch = <Scratch*>calloc(1, sizeof(Scratch))
        if scratch == NULL:
            raise MemoryError()
        scratch.counts = <uint32_t*>calloc(self.size + 1, sizeof(uint32_t))
        scratch.rows = <int32_t*>malloc((self.size + 1) * sizeof(int32_t))
        scratch.text = <uint8_t*>malloc(2 * BUFFER)
        if not scratch.counts or not scratch.rows or not scratch.text:
            destroy(scratch)
            raise MemoryError()
        return scratch

    cdef void give_back(self, Scratch* scratch):
        self.free_scratch.append(<size_t>scratch)

    cdef void count(self, const uint8_t* p, Py_ssize_t n, Scratch* scratch) noexcept nogil:
        """Count the features of `n` bytes at `p`: `scratch.found` rows in `scratch.rows`, in no order."""
        if self.ngrams == 1 and not self.shapes and not self.indentation:
            self.count_tokens(p, n, scratch)
            return
        self.count_ngrams(p, n, scratch)
        if self.indentation:
            self.count_indentation(p, n, scratch)

    cdef inline void ask(
        self, uint64_t h, int prefix, const uint8_t* p, Py_ssize_t n, Scratch* scratch
    ) noexcept nogil:
        """Count the feature of hash `h` if its name, after the byte `prefix` if that is not 0, is the `n` bytes at `p`."""
        cdef uint64_t m = mixed(h)
        cdef uint32_t slot, row
        cdef const uint8_t* name
        scratch.work += 1
        if not self.filter[(m & self.filter_mask) >> 6] >> (m & 63) & 1:
            return
        slot = (m >> 20) & self.mask
        while True:
            row = self.slots[slot].row
            if row == EMPTY:
                return
            if self.slots[slot].tag == <uint32_t>(m >> 32):
                name = self.names_at + self.starts[row]
                if prefix:
                    if self.starts[row + 1] - self.starts[row] == n + 2 and name[0] == prefix and memcmp(name + 1, p, n) == 0:
                        break
                elif self.starts[row + 1] - self.starts[row] == n + 1 and memcmp(name, p, n) == 0:
                    break
            slot = (slot + 1) & self.mask
        if scratch.counts[row] == 0:
            scratch.rows[scratch.found] = row
            scratch.found += 1
        scratch.counts[row] += 1

    cdef void count_tokens(self, const uint8_t* p, Py_ssize_t n, Scratch* scratch) noexcept nogil:
        cdef Py_ssize_t i = 0, start
        cdef uint8_t kind
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
            if i - start <= self.longest:
                self.ask(h, 0, p + start, i - start, scratch)

    cdef void count_ngrams(self, const uint8_t* p, Py_ssize_t n, Scratch* scratch) noexcept nogil:
        cdef Trail tokens, shapes
        cdef Py_ssize_t i = 0, start
        cdef uint8_t kind, traits
        cdef bint space = False, line_begins = True
        cdef uint64_t h
        cdef int shape
        cdef uint8_t line_feed = 10
        tokens.text, tokens.end, tokens.held, tokens.longest = scratch.text, 0, 0, self.ngrams
        shapes.text, shapes.end, shapes.held, shapes.longest = scratch.text + BUFFER, 0, 0, self.shapes
        self.extend(&tokens, &line_feed, 1, 11, False, 0, scratch)
        if self.shapes:
            self.extend(&shapes, &line_feed, 1, 11, False, 1, scratch)
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
                    self.extend(&tokens, &line_feed, 1, 11, False, 0, scratch)
                    if self.shapes:
                        self.extend(&shapes, &line_feed, 1, 11, False, 1, scratch)
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
                self.extend(&tokens, p + start, i - start, h, space, 0, scratch)
                if self.shapes:
                    shape = shape_of(p + start, i - start, traits)
                    self.extend(
                        &shapes, SHAPES[shape].name, SHAPES[shape].length, SHAPES[shape].hash, space, 1, scratch
                    )
            else:
                while i < n and CLASS[p[i]] == MARK:
                    h = h * FACTOR + p[i] + 1
                    i += 1
                self.extend(&tokens, p + start, i - start, h, space, 0, scratch)
                if self.shapes:
                    self.extend(&shapes, p + start, i - start, h, space, 1, scratch)
            scratch.work += i - start
            space = line_begins = False
        if not line_begins:
            self.extend(&tokens, &line_feed, 1, 11, False, 0, scratch)
            if self.shapes:
                self.extend(&shapes, &line_feed, 1, 11, False, 1, scratch)

    cdef inline void extend(
        self, Trail* trail, const uint8_t* p, Py_ssize_t n, uint64_t h, bint space, int prefix, Scratch* scratch
    ) noexcept nogil:
        """Ask for the n-grams that end with the token of `n` bytes at `p` and hash `h`, after a space if `space`."""
        cdef int k, held
        cdef Py_ssize_t length = n + space, begin
        cdef uint64_t power, spaced
        if n > self.longest:
            trail.held = 0  # no name is as long as this token
            return
        if trail.end + length > BUFFER:
            begin = trail.start[trail.held] if trail.held else trail.end
            memmove(trail.text, trail.text + begin, trail.end - begin)
            trail.end -= begin
            for k in range(1, trail.held + 1):
                trail.start[k] -= begin
        if space:
            trail.text[trail.end] = 32
        memcpy(trail.text + trail.end + space, p, n)
        power = POWER[length]
        spaced = h + 33 * POWER[n] if space else h
        begin = trail.end + space
        trail.end += length
        held = min(trail.held, trail.longest - 1)
        # What has grown longer than any name will not be one any more, and neither will what is longer still.
        while held and trail.end - trail.start[held] + (prefix != 0) > self.longest:
            held -= 1
        for k in range(held, 0, -1):
            trail.hash[k + 1] = trail.hash[k] * power + spaced
            trail.start[k + 1] = trail.start[k]
        trail.hash[1] = h + 2 * POWER[n] if prefix else h
        trail.start[1] = begin
        trail.held = held + 1
        for k in range(1, held + 2):
            self.ask(trail.hash[k], prefix, trail.text + trail.start[k], trail.end - trail.start[k], scratch)

    cdef void count_indentation(self, const uint8_t* p, Py_ssize_t n, Scratch* scratch) noexcept nogil:
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
                    self.ask_indentation(p, before, before_length, at, length, last, scratch)
                before, before_length = at, length
                last = end
            at = end + 1

    cdef void ask_indentation(
        self,
        const uint8_t* p,
        Py_ssize_t before,
        Py_ssize_t before_length,
        Py_ssize_t after,
        Py_ssize_t after_length,
        Py_ssize_t last,
        Scratch* scratch,
    ) noexcept nogil:
        """Ask for both features of a change of indentation; the line before ended at `last`."""
        cdef uint8_t name[4 * MOST_LAST_TOKEN + 8]
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
        name[0] = 2
        memcpy(name + 1, change, size)
        self.ask(hash_of(name, size + 1), 0, name, size + 1, scratch)
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
        memcpy(name + 1, p + i, last - i)
        name[1 + last - i] = 32
        memcpy(name + 2 + last - i, change, size)
        size += 2 + last - i
        scratch.work += size
        self.ask(hash_of(name, size), 0, name, size, scratch)

    cdef void clear(self, Scratch* scratch) noexcept nogil:
        cdef Py_ssize_t i
        for i in range(scratch.found):
            scratch.counts[scratch.rows[i]] = 0
        scratch.found = 0

    def bag(self, str text not None):
        """Return ``{row: count}`` for the features of `text`, rows in rising order."""
        cdef Scratch* scratch = self.take()
        cdef Py_ssize_t n, i
        cdef const uint8_t* p
        try:
            owner = encoded(text)
            p = bytes_of(owner, &n)
            with nogil:
                self.count(p, n, scratch)
                qsort(scratch.rows, scratch.found, sizeof(int32_t), by_value)
            return {scratch.rows[i]: scratch.counts[scratch.rows[i]] for i in range(scratch.found)}
        finally:
            self.clear(scratch)
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
                self.count(p, n, scratch)
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
                self.clear(scratch)
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
            self.clear(scratch)
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
            self.count(p, n, scratch)
            return scratch.work - before
        finally:
            self.clear(scratch)
            self.give_back(scratch)


cdef void destroy(Scratch* scratch) noexcept:
    free(scratch.counts)
    free(scratch.rows)
    free(scratch.text)
    free(scratch)
