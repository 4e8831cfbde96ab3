"""The network's prediction, compiled: what `whichcode.model.predict` says in plain Python.

Integer sums of the rows are exact, as there. The dense layers are float32, added up in blocks whose sums are
double: their logits differ from the reference's by some 1e-6 at most. Weights lie transposed, so that a step adds
inputs' shares to eight outputs, which compilers turn into vector instructions without being allowed to reorder sums.
"""

# In C, for its keyword that two arrays are apart: without it compilers make no vectors of these loops.
cdef extern from *:
    """
    #if defined(_MSC_VER)
    #define WHICHCODE_APART __restrict
    #else
    #define WHICHCODE_APART __restrict__
    #endif
    #if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
    /* The loader chooses what the processor can. */
    #define WHICHCODE_CLONES __attribute__((target_clones("avx2", "default")))
    #else
    #define WHICHCODE_CLONES
    #endif

    /* sums[k] += row[k] */
    WHICHCODE_CLONES static void whichcode_add_row(
        int32_t *WHICHCODE_APART sums, const int8_t *WHICHCODE_APART row, Py_ssize_t size)
    {
        for (Py_ssize_t k = 0; k < size; k++) sums[k] += row[k];
    }

    /* block[k] = sum over i < 16 of factors[i] * weights[i * size + k], where size is a multiple of 8 */
    WHICHCODE_CLONES static void whichcode_add_block(
        float *WHICHCODE_APART block, const float *WHICHCODE_APART weights, const float *factors, Py_ssize_t size)
    {
        for (Py_ssize_t k = 0; k < size; k += 8) {
            float sums[8] = {0};
            for (Py_ssize_t i = 0; i < 16; i++)
                for (Py_ssize_t v = 0; v < 8; v++)
                    sums[v] += factors[i] * weights[i * size + k + v];
            for (Py_ssize_t v = 0; v < 8; v++) block[k + v] = sums[v];
        }
    }
    """
    void whichcode_add_row(int32_t* sums, const int8_t* row, Py_ssize_t size) noexcept nogil
    void whichcode_add_block(float* block, const float* weights, const float* factors, Py_ssize_t size) noexcept nogil

cdef enum:
    BLOCK = 16                # inputs of a dense layer that are added up in float32
    ALIGNED = 8               # outputs are padded to whole vectors of so many

cdef struct Layer:
    Py_ssize_t inputs, outputs, padded
    float* weights            # [inputs, padded]
    double* bias              # [padded]

cdef enum Damping:
    PRESENCE, COUNT, LOG, SQRT

cdef struct Space:
    # What one prediction needs beside Scratch.
    int32_t* sums             # [width]
    int64_t* wide             # the same, where weights are not 1
    double* values            # [widest layer], inputs
    float* inputs
    float* block
    double* outputs
    uint8_t* bare             # a text without its margin
    Py_ssize_t bare_size


cdef double EXP_COEFFICIENTS[12]
for _i in range(12):
    EXP_COEFFICIENTS[_i] = 1.0 / __import__("math").factorial(_i)

cdef union Bits:
    double value
    int64_t bits


cdef inline double exponential(double x) noexcept nogil:
    """Return exp(x) for x <= 0 within 1e-15; 0 below -700. Without branches in its body, so that loops of it are vectors."""
    cdef double n, r, p
    cdef Bits scale
    cdef int i
    x = x if x > -700.0 else -700.0
    # exp(x) = 2^n exp(r) with |r| <= ln(2) / 2; ln(2) in two parts (Cody and Waite), 2^n by the exponent's bits.
    n = x * 1.4426950408889634 + 6755399441055744.0
    scale.value = n
    n = n - 6755399441055744.0
    r = x - n * 0.693147180369123816490
    r = r - n * 1.90821492927058770002e-10
    p = EXP_COEFFICIENTS[11]
    for i in range(10, -1, -1):
        p = p * r + EXP_COEFFICIENTS[i]
    scale.bits = (scale.bits + 1023) << 52
    return p * scale.value


cdef class Network:
    """The layers of one model, over an `Index`.

    Args:
        index: the vocabulary.
        rows: int8 [size, width], a buffer that is kept and not copied.
        scale, bias: of the bag layer, doubles [width].
        layers: (weights float32 [outputs, inputs], biases float32 [outputs]) as buffers, the head last.
        damping: of counts, as `whichcode.features.bag.damp` says it.
        normalise: whether sums are divided by the bag's Euclidean length.
        relu: whether the head is a ReLU.
        calibration: (a, b) of the temperature exp(a + b ln(1 + evidence)).
    """

    cdef readonly Index index
    cdef object kept
    cdef const int8_t* rows
    cdef Py_ssize_t width, widest
    cdef double* scale
    cdef double* bias
    cdef Layer* layers
    cdef Py_ssize_t depth
    cdef readonly Py_ssize_t languages
    cdef Damping damping
    cdef bint normalise, relu
    cdef double a, b
    cdef list free_space

    def __init__(
        self,
        Index index not None,
        rows,
        scale,
        bias,
        layers,
        str damping not None,
        bint normalise,
        bint relu,
        calibration,
    ):
        cdef const int8_t[::1] view = memoryview(rows).cast("B").cast("b")
        cdef Py_ssize_t i
        self.index, self.kept = index, rows
        self.width = len(scale)
        if view.shape[0] != index.size * self.width:
            raise ValueError("rows are not [size, width]")
        self.rows = &view[0] if view.shape[0] else NULL
        self.damping = {"presence": PRESENCE, "count": COUNT, "log": LOG, "sqrt": SQRT}[damping]
        self.normalise, self.relu = normalise, relu
        self.a, self.b = calibration
        self.depth = len(layers)
        self.layers = <Layer*>calloc(self.depth, sizeof(Layer))
        self.scale = doubles(scale)
        self.bias = doubles(bias)
        self.widest = self.width
        inputs = self.width
        for i in range(self.depth):
            fill(&self.layers[i], layers[i][0], layers[i][1], inputs)
            inputs = self.layers[i].outputs
            self.widest = max(self.widest, self.layers[i].padded)
        self.languages = inputs
        self.free_space = []

    def __dealloc__(self):
        cdef Py_ssize_t i
        for i in range(self.depth if self.layers else 0):
            free(self.layers[i].weights)
            free(self.layers[i].bias)
        free(self.layers)
        free(self.scale)
        free(self.bias)
        for address in self.free_space or ():
            destroy_space(<Space*><size_t>address)

    cdef Space* take(self) except NULL:
        cdef Space* space
        if self.free_space:
            return <Space*><size_t>self.free_space.pop()
        space = <Space*>calloc(1, sizeof(Space))
        if space == NULL:
            raise MemoryError()
        space.sums = <int32_t*>malloc((self.width + ALIGNED) * sizeof(int32_t))
        space.wide = <int64_t*>malloc((self.width + ALIGNED) * sizeof(int64_t))
        space.values = <double*>malloc((self.widest + ALIGNED) * sizeof(double))
        space.inputs = <float*>malloc((self.widest + BLOCK) * sizeof(float))
        space.block = <float*>malloc((self.widest + ALIGNED) * sizeof(float))
        space.outputs = <double*>malloc((self.widest + ALIGNED) * sizeof(double))
        if not (space.sums and space.wide and space.values and space.inputs and space.block and space.outputs):
            destroy_space(space)
            raise MemoryError()
        return space

    cdef void give_back(self, Space* space):
        self.free_space.append(<size_t>space)

    cdef Py_ssize_t calibrated(
        self, const uint8_t* p, Py_ssize_t n, Scratch* scratch, Space* space, double* result
    ) noexcept nogil:
        """Write the calibrated logits [languages] of a prepared text; return the evidence."""
        cdef Py_ssize_t k, evidence
        cdef double temperature
        self.index.count(p, n, scratch)
        evidence = scratch.found
        self.bag_layer(scratch, space)
        self.index.clear(scratch)
        self.head(space, result)
        temperature = exp(self.a + self.b * log1p(<double>evidence))
        for k in range(self.languages):
            result[k] = result[k] / temperature
        return evidence

    cdef void bag_layer(self, Scratch* scratch, Space* space) noexcept nogil:
        """Write the bag layer before its activation [width] into `space.values`."""
        cdef Py_ssize_t i, j
        cdef int64_t weight, squares = 0
        cdef const int8_t* row
        cdef double factor = 1.0
        if self.damping == PRESENCE:
            squares = scratch.found
            memset(space.sums, 0, self.width * sizeof(int32_t))
            for i in range(scratch.found):
                whichcode_add_row(space.sums, self.rows + scratch.rows[i] * self.width, self.width)
            for j in range(self.width):
                space.wide[j] = space.sums[j]
        else:
            memset(space.wide, 0, self.width * sizeof(int64_t))
            for i in range(scratch.found):
                weight = damped(scratch.counts[scratch.rows[i]], self.damping)
                squares += weight * weight
                row = self.rows + scratch.rows[i] * self.width
                for j in range(self.width):
                    space.wide[j] += weight * row[j]
        if self.normalise and squares:
            factor = 1.0 / sqrt(<double>squares)
        for j in range(self.width):
            space.values[j] = self.bias[j] + factor * self.scale[j] * space.wide[j]

    cdef void head(self, Space* space, double* result) noexcept nogil:
        """Write the logits for the bag layer in `space.values`, before its activation."""
        cdef Py_ssize_t i, j, k
        cdef Layer* layer
        cdef double x
        cdef double* values = space.values
        cdef float* inputs = space.inputs
        cdef float* block = space.block
        cdef double* outputs = space.outputs
        for i in range(self.depth):
            layer = &self.layers[i]
            for j in range(layer.inputs):
                x = values[j]
                inputs[j] = <float>(x if x > 0 else exponential(x if x < 0 else 0) - 1.0)
            memcpy(outputs, layer.bias, layer.padded * sizeof(double))
            # Inputs are padded with zeros, and so are the weights.
            for j in range(layer.inputs, (layer.inputs + BLOCK - 1) // BLOCK * BLOCK):
                inputs[j] = 0
            j = 0
            while j < layer.inputs:
                whichcode_add_block(block, layer.weights + j * layer.padded, inputs + j, layer.padded)
                for k in range(layer.padded):
                    outputs[k] += block[k]
                j += BLOCK
            if i + 1 < self.depth:
                memcpy(values, outputs, layer.outputs * sizeof(double))
        for k in range(self.languages):
            x = outputs[k]
            result[k] = x if x > 0 or not self.relu else 0.0

    def sums(self, str text not None):
        """Return the weighted sums of rows [width] for a prepared text, exact integers."""
        cdef Scratch* scratch = self.index.take()
        cdef Space* space = self.take()
        cdef Py_ssize_t n
        try:
            owner = encoded(text)
            p = bytes_of(owner, &n)
            self.index.count(p, n, scratch)
            self.bag_layer(scratch, space)
            return [space.wide[j] for j in range(self.width)]
        finally:
            self.index.clear(scratch)
            self.index.give_back(scratch)
            self.give_back(space)

    def logits(self, str text not None):
        """Return the calibrated logits of a prepared text, a list of doubles [languages]."""
        cdef Scratch* scratch = self.index.take()
        cdef Space* space = self.take()
        cdef double* result = <double*>malloc(self.languages * sizeof(double))
        cdef Py_ssize_t n
        cdef const uint8_t* p
        try:
            if result == NULL:
                raise MemoryError()
            owner = encoded(text)
            p = bytes_of(owner, &n)
            with nogil:
                self.calibrated(p, n, scratch, space, result)
            return [result[i] for i in range(self.languages)]
        finally:
            free(result)
            self.index.give_back(scratch)
            self.give_back(space)

    def answers(self, list texts not None, restriction, Py_ssize_t most):
        """Return for each text, as `str` that `is_plain` or that was prepared, its `most` best candidates.

        Args:
            texts: the GIL is held to begin with and at the end, and not while they are looked at.
            restriction: doubles [languages] that are added to the calibrated logits, or None.
            most: candidates of each text.

        Returns:
            A list of (rows, probabilities), two tuples, best first; None for a blank text.
        """
        cdef Py_ssize_t size = len(texts), i, k, n
        cdef Scratch* scratch = NULL
        cdef Space* space = NULL
        cdef double* extra = NULL
        cdef double* logits = NULL
        cdef double* best = NULL
        cdef int32_t* rows = NULL
        cdef int32_t* found = NULL
        cdef const uint8_t** starts = NULL
        cdef Py_ssize_t* lengths = NULL
        cdef list owners = []
        cdef list result = []
        most = min(most, self.languages)
        try:
            scratch = self.index.take()
            space = self.take()
            if restriction is not None:
                extra = doubles(restriction)
            logits = <double*>malloc(self.languages * sizeof(double))
            best = <double*>malloc(max(size * most, 1) * sizeof(double))
            rows = <int32_t*>malloc(max(size * most, 1) * sizeof(int32_t))
            found = <int32_t*>malloc(max(size, 1) * sizeof(int32_t))
            starts = <const uint8_t**>malloc(max(size, 1) * sizeof(uint8_t*))
            lengths = <Py_ssize_t*>malloc(max(size, 1) * sizeof(Py_ssize_t))
            if not (logits and best and rows and found and starts and lengths):
                raise MemoryError()
            for i in range(size):
                owner = encoded(texts[i])
                owners.append(owner)
                starts[i] = bytes_of(owner, &n)
                lengths[i] = n
            with nogil:
                for i in range(size):
                    found[i] = self.answer(
                        starts[i], lengths[i], extra, most, scratch, space, logits, rows + i * most, best + i * most
                    )
            for i in range(size):
                if found[i] == 0:
                    result.append(None)
                    continue
                result.append((
                    tuple([rows[i * most + k] for k in range(found[i])]),
                    tuple([best[i * most + k] for k in range(found[i])]),
                ))
            return result
        finally:
            free(extra)
            free(logits)
            free(best)
            free(rows)
            free(found)
            free(starts)
            free(lengths)
            if scratch:
                self.index.give_back(scratch)
            if space:
                self.give_back(space)

    cdef int answer(
        self,
        const uint8_t* p,
        Py_ssize_t n,
        const double* extra,
        Py_ssize_t most,
        Scratch* scratch,
        Space* space,
        double* logits,
        int32_t* rows,
        double* best,
    ) noexcept nogil:
        """Write the best candidates of one text and their probabilities; return how many, 0 for a blank text."""
        cdef Py_ssize_t k, place, held = 0
        cdef double total = 0.0, highest, x
        p = without_margin(p, &n, space)
        if n == 0:
            return 0
        self.calibrated(p, n, scratch, space, logits)
        if extra:
            for k in range(self.languages):
                logits[k] += extra[k]
        for k in range(self.languages):
            x = logits[k]
            if held == most and not x > best[held - 1] or x == -INFINITY:
                continue
            # Of equal ones the first language stays before the others.
            place = held if held < most else held - 1
            while place and x > best[place - 1]:
                if place < most:
                    best[place] = best[place - 1]
                    rows[place] = rows[place - 1]
                place -= 1
            best[place] = x
            rows[place] = k
            held = min(held + 1, most)
        highest = best[0]
        for k in range(self.languages):
            total += exponential(logits[k] - highest) if logits[k] - highest > -700.0 else 0.0
        for k in range(held):
            best[k] = exponential(best[k] - highest) / total if best[k] - highest > -700.0 else 0.0
        return held


cdef inline int64_t damped(uint32_t count, Damping damping) noexcept nogil:
    """Return the integer weight of a count, as `whichcode.features.bag.damp` does, in sixteenths for the last two."""
    if damping == COUNT:
        return count
    if damping == LOG:
        return <int64_t>rint(16 * (1.0 + log(<double>count)))
    return <int64_t>rint(16 * sqrt(<double>count))


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


cdef double* doubles(values) except NULL:
    """Return a copy of an iterable of numbers; the caller frees it."""
    cdef Py_ssize_t i, size = len(values)
    cdef double* result = <double*>calloc(size + ALIGNED, sizeof(double))
    if result == NULL:
        raise MemoryError()
    for i in range(size):
        result[i] = values[i]
    return result


cdef int fill(Layer* layer, weights, biases, Py_ssize_t inputs) except -1:
    cdef const float[::1] w = memoryview(weights).cast("B").cast("f")
    cdef const float[::1] b = memoryview(biases).cast("B").cast("f")
    cdef Py_ssize_t i, j, outputs = b.shape[0]
    if outputs * inputs != w.shape[0]:
        raise ValueError("weights are not [outputs, inputs]")
    layer.inputs, layer.outputs = inputs, outputs
    layer.padded = (outputs + ALIGNED - 1) // ALIGNED * ALIGNED
    layer.weights = <float*>calloc((inputs + BLOCK) * layer.padded, sizeof(float))
    layer.bias = <double*>calloc(layer.padded, sizeof(double))
    if not layer.weights or not layer.bias:
        raise MemoryError()
    for i in range(outputs):
        layer.bias[i] = b[i]
        for j in range(inputs):
            layer.weights[j * layer.padded + i] = w[i * inputs + j]
    return 0


cdef void destroy_space(Space* space) noexcept:
    free(space.sums)
    free(space.wide)
    free(space.values)
    free(space.inputs)
    free(space.block)
    free(space.outputs)
    free(space.bare)
    free(space)


def is_plain(text, Py_ssize_t most):
    """Tell whether `text` needs no `whichcode.detector.prepare` but what `Network.answers` does itself.

    That is a `str` of at most `most` characters that does not begin with a byte-order mark, holds no NUL and no carriage
    return, and has a character that is certainly not white space.
    """
    cdef Py_ssize_t n, i
    cdef const uint8_t* p
    if type(text) is not str or len(text) > most:
        return False
    owner = encoded(text)
    if owner is not text:
        return False
    p = bytes_of(text, &n)
    if memchr(p, 0, n) != NULL or memchr(p, 13, n) != NULL or n >= 3 and memcmp(p, b"\xef\xbb\xbf", 3) == 0:
        return False
    for i in range(n):
        if p[i] > 32 and p[i] < 128:
            return True
    return False
