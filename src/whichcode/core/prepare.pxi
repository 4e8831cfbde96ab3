"""A text's bytes, and what `whichcode.detector.prepare` does to ordinary ones of them."""

cdef object encoded(text):
    """Return what holds `text` in UTF-8: itself, or bytes where a `str` has lone surrogates, as three bytes each."""
    cdef Py_ssize_t length
    if type(text) is bytes:
        return text
    try:
        PyUnicode_AsUTF8AndSize(text, &length)
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


cdef const uint8_t* bytes_of(object owner, Py_ssize_t* length) except NULL:
    if isinstance(owner, bytes):
        length[0] = len(<bytes>owner)
        return <const uint8_t*>PyBytes_AS_STRING(owner)
    return <const uint8_t*>PyUnicode_AsUTF8AndSize(owner, length)


cdef const uint8_t* without_margin(const uint8_t* p, Py_ssize_t* length, Space* space) noexcept nogil:
    """Return the text as `whichcode.text.snippets.dedent` does: without the white space that all lines begin with.

    Nothing is copied where there is none. The length becomes 0 for a blank text, or where memory ends.
    """
    cdef Py_ssize_t n = length[0], at = 0, end, first, margin = -1, marked = 0, common, out = 0
    cdef const uint8_t* found
    while at < n:
        found = <const uint8_t*>memchr(p + at, 10, n - at)
        end = found - p if found != NULL else n
        first = at
        while first < end and (p[first] == 32 or p[first] == 9):
            first += 1
        common = first
        while common < end and CLASS[p[common]] == BLANK:
            common += 1
        if common < end:
            if margin < 0:
                margin, marked = first - at, at
            else:
                common = 0
                while common < margin and common < first - at and p[at + common] == p[marked + common]:
                    common += 1
                margin = common
            if margin == 0:
                return p
        at = end + 1
    if margin < 0:
        length[0] = 0
        return p
    if space.bare_size < n:
        free(space.bare)
        space.bare = <uint8_t*>malloc(n)
        space.bare_size = n if space.bare else 0
        if not space.bare:
            length[0] = 0
            return p
    at = 0
    while at <= n:
        found = <const uint8_t*>memchr(p + at, 10, n - at) if at < n else NULL
        end = found - p if found != NULL else n
        if end - at >= margin and memcmp(p + at, p + marked, margin) == 0:
            at += margin
        memcpy(space.bare + out, p + at, end - at)
        out += end - at
        if end < n:
            space.bare[out] = 10
            out += 1
        at = end + 1
    length[0] = out
    return space.bare


cdef bint is_utf8(const uint8_t* p, Py_ssize_t n) noexcept nogil:
    """Tell whether bytes are UTF-8 as `bytes.decode` takes it (The Unicode Standard, table 3-7)."""
    cdef Py_ssize_t i = 0
    cdef uint64_t eight
    cdef uint8_t lead, low, high
    cdef int more
    while i < n:
        if i + 8 <= n:
            memcpy(&eight, p + i, 8)
            if not eight & <uint64_t>0x8080808080808080:
                i += 8
                continue
        lead = p[i]
        i += 1
        if lead < 0x80:
            continue
        low, high = 0x80, 0xBF
        if 0xC2 <= lead <= 0xDF:
            more = 1
        elif 0xE0 <= lead <= 0xEF:
            more = 2
            if lead == 0xE0:
                low = 0xA0
            elif lead == 0xED:
                high = 0x9F
        elif 0xF0 <= lead <= 0xF4:
            more = 3
            if lead == 0xF0:
                low = 0x90
            elif lead == 0xF4:
                high = 0x8F
        else:
            return False
        if i + more > n or not low <= p[i] <= high:
            return False
        for i in range(i + 1, i + more):
            if p[i] & 0xC0 != 0x80:
                return False
        i += 1
    return True


def is_plain(text, Py_ssize_t most):
    """Tell whether `text` needs no `whichcode.detector.prepare` but what `Network.answers` does itself.

    That is a `str` of at most `most` characters, or at most so many bytes of UTF-8, that does not begin with a byte-order
    mark, holds no NUL and no carriage return, and has a character that is certainly not white space.
    """
    cdef Py_ssize_t n, i
    cdef const uint8_t* p
    if type(text) is not str and type(text) is not bytes or len(text) > most:
        return False
    owner = encoded(text)
    if owner is not text:
        return False
    p = bytes_of(text, &n)
    if memchr(p, 0, n) != NULL or memchr(p, 13, n) != NULL or n >= 3 and memcmp(p, b"\xef\xbb\xbf", 3) == 0:
        return False
    if type(text) is bytes and not is_utf8(p, n):
        return False
    for i in range(n):
        if p[i] > 32 and p[i] < 128:
            return True
    return False
