"""Tables of what bytes are to the lexer, the hash that joined strings have, and the shapes of words."""

cdef enum:
    MOST_TOKENS = 16          # of an n-gram, as the configuration allows
    BUFFER = 1 << 15
    ROOM = 16                 # bytes that are copied at once
    SHAPE_BYTE = 1            # that the names of shapes begin with: features.extract.SHAPE
    MOST_LAST_TOKEN = 32      # characters of a line's last token: features.extract says why
    EDGED = 9                 # shapes of words, and as many again that begin with an underscore

cdef uint32_t EMPTY = 0xFFFFFFFF

cdef enum Class:
    BLANK, LINE_FEED, WORD, MARK

cdef uint8_t CLASS[256]
cdef uint64_t FACTOR = <uint64_t>0x9E3779B97F4A7C15
cdef uint64_t POWER[BUFFER]

# What a byte says of its word's shape.
cdef enum Trait:
    LOWER = 1, UPPER = 2, DIGIT = 4, UNDERSCORE = 8, BEYOND = 16

cdef uint8_t TRAIT[256]

cdef struct Shape:
    uint8_t name[ROOM]
    uint32_t length
    uint64_t hash

cdef Shape SHAPES[24]
cdef uint8_t LINE_FEEDS[ROOM]
cdef enum ShapeName:
    S_BEYOND, S_NUMBER_WORD, S_HEX, S_DIGIT, S_NUMBER, S_UNDERSCORES
    S_a, S_a_a, S_A_A, S_A, S_AA, S_A_a, S_aA, S_Aa, S_AaA


cdef uint64_t hash_of(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    cdef uint64_t h = 0
    cdef Py_ssize_t i
    for i in range(n):
        h = h * FACTOR + p[i] + 1
    return h


cdef inline uint64_t mixed(uint64_t h) noexcept nogil:
    h ^= h >> 32
    h *= <uint64_t>0xD6E8FEB86659FD93
    h ^= h >> 32
    return h


def _fill_tables():
    cdef int b, i
    cdef uint64_t power = 1
    for b in range(256):
        if b in b" \t\r\f\v":
            CLASS[b] = BLANK
        elif b == 10:
            CLASS[b] = LINE_FEED
        elif b >= 128 or chr(b).isalnum() or b == 95:
            CLASS[b] = WORD
        else:
            CLASS[b] = MARK
        TRAIT[b] = (
            BEYOND if b >= 128 else LOWER if chr(b).islower() else UPPER if chr(b).isupper()
            else DIGIT if chr(b).isdigit() else UNDERSCORE if b == 95 else 0
        )
    memset(LINE_FEEDS, 10, ROOM)
    for i in range(BUFFER):
        POWER[i] = power
        power *= FACTOR
    names = ["ü", "0a", "0x", "0", "00", "_"]
    plain = ["a", "a_a", "A_A", "A", "AA", "A_a", "aA", "Aa", "AaA"]
    for i, name in enumerate([*names, *plain, *("_" + name for name in plain)]):
        data = name.encode()
        memcpy(SHAPES[i].name, PyBytes_AS_STRING(data), len(data))
        SHAPES[i].length = len(data)
        SHAPES[i].hash = hash_of(<const uint8_t*>PyBytes_AS_STRING(data), len(data))


_fill_tables()


cdef int shape_of(const uint8_t* p, Py_ssize_t n, uint8_t traits) noexcept nogil:
    """Return which of SHAPES a word has; `traits` are those of all its bytes."""
    cdef Py_ssize_t i, start, end
    cdef int edge
    cdef bint joint, lower, upper, rest_lower
    if traits & BEYOND:
        return S_BEYOND
    if TRAIT[p[0]] == DIGIT:
        if p[0] == 48 and n > 2 and (p[1] | 32) == 120:
            for i in range(2, n):
                if not (TRAIT[p[i]] & (DIGIT | UNDERSCORE) or 97 <= (p[i] | 32) <= 102):
                    return S_NUMBER_WORD
            return S_HEX
        if traits & (LOWER | UPPER):
            return S_NUMBER_WORD
        return S_DIGIT if n == 1 else S_NUMBER
    start, end = 0, n
    while start < end and p[start] == 95:
        start += 1
    while end > start and p[end - 1] == 95:
        end -= 1
    if start == end:
        return S_UNDERSCORES
    edge = EDGED if p[0] == 95 else 0
    joint = False
    if traits & UNDERSCORE:
        joint = memchr(p + start, 95, end - start) != NULL
    lower = traits & LOWER and not traits & UPPER
    upper = traits & UPPER and not traits & LOWER
    if lower:
        return edge + (S_a_a if joint else S_a)
    if upper:
        return edge + (S_A_A if joint else S_A if end - start == 1 else S_AA)
    if joint:
        return edge + S_A_a
    if TRAIT[p[start]] == LOWER:
        return edge + S_aA
    rest_lower = False
    for i in range(start + 1, end):
        if TRAIT[p[i]] == UPPER:
            return edge + S_AaA
        rest_lower = rest_lower or TRAIT[p[i]] == LOWER
    return edge + (S_Aa if rest_lower else S_AaA)
