"""The network's prediction, compiled: what `whichcode.model.predict` says in plain Python.

Integer sums of the rows are exact, as there. The dense layers are float32, added up in runs whose sums are double: their
logits differ from the reference's by some 1e-6 at most, a little with the processor's vectors too.
"""

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
        if view.shape[0] != index.table.size * self.width:
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
            self.widest = max(self.widest, self.layers[i].whole_inputs, self.layers[i].tiles * WHICHCODE_TILE)
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
        space.sums = <int32_t*>malloc((self.width + 1) * sizeof(int32_t))
        space.wide = <int64_t*>malloc((self.width + 1) * sizeof(int64_t))
        space.values = <double*>malloc((self.widest + 1) * sizeof(double))
        space.inputs = <float*>calloc(self.widest + 1, sizeof(float))
        space.outputs = <double*>malloc((self.widest + 1) * sizeof(double))
        if not (space.sums and space.wide and space.values and space.inputs and space.outputs):
            destroy_space(space)
            raise MemoryError()
        return space

    cdef void give_back(self, Space* space):
        self.free_space.append(<size_t>space)

    cdef Py_ssize_t calibrated(
        self, const uint8_t* p, Py_ssize_t n, Scratch* scratch, Space* space, double* result
    ) noexcept nogil:
        """Write the calibrated logits [languages] of a prepared text; return how many features it has."""
        cdef Py_ssize_t k, evidence
        cdef double temperature
        count(&self.index.table, p, n, scratch)
        evidence = scratch.found
        self.bag_layer(scratch, space)
        clear(scratch)
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
            whichcode_rows(space.sums, self.rows, scratch.rows, scratch.found, self.width)
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
        cdef Py_ssize_t i, k
        cdef Layer* layer
        cdef double* values = space.values
        cdef double* outputs = space.outputs
        for i in range(self.depth):
            layer = &self.layers[i]
            whichcode_elu(space.inputs, values, layer.inputs)
            # What is beyond the inputs has no weight, but must be a number.
            memset(space.inputs + layer.inputs, 0, (layer.whole_inputs - layer.inputs) * sizeof(float))
            memcpy(outputs, layer.bias, layer.tiles * WHICHCODE_TILE * sizeof(double))
            whichcode_dense(outputs, layer.weights, space.inputs, layer.whole_inputs, layer.tiles)
            values, outputs = outputs, values
        outputs = values
        memcpy(result, outputs, self.languages * sizeof(double))
        if self.relu:
            for k in range(self.languages):
                result[k] = result[k] if result[k] > 0 else 0.0

    def sums(self, str text not None):
        """Return the weighted sums of rows [width] for a prepared text, exact integers."""
        cdef Scratch* scratch = self.index.take()
        cdef Space* space = self.take()
        cdef Py_ssize_t n
        try:
            owner = encoded(text)
            p = bytes_of(owner, &n)
            count(&self.index.table, p, n, scratch)
            self.bag_layer(scratch, space)
            return [space.wide[j] for j in range(self.width)]
        finally:
            clear(scratch)
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

    def until(self, list texts not None, int stage):
        """Work on `texts` up to a stage and go no further, so that stages can be timed; return what was counted on the way.

        Args:
            texts: prepared ones.
            stage: 0 stops before the lookup, with every name hashed; 1 after it; 2 after the sums of rows; 3 after the
                calibrated logits.

        Returns:
            The names hashed (stage 0) or features found (the others), over all texts.
        """
        cdef Scratch* scratch = self.index.take()
        cdef Space* space = self.take()
        cdef double* result = <double*>malloc(self.languages * sizeof(double))
        cdef Py_ssize_t n, total = 0
        cdef uint64_t work = scratch.work
        cdef const uint8_t* p
        try:
            if result == NULL:
                raise MemoryError()
            scratch.hash_only = stage == 0
            for text in texts:
                owner = encoded(text)
                p = bytes_of(owner, &n)
                with nogil:
                    if stage >= 3:
                        total += self.calibrated(p, n, scratch, space, result)
                    else:
                        count(&self.index.table, p, n, scratch)
                        total += scratch.found
                        if stage == 2:
                            self.bag_layer(scratch, space)
                        clear(scratch)
            return scratch.work - work if stage == 0 else total
        finally:
            scratch.hash_only = False
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
        whichcode_exp(space.values, logits, highest, self.languages)
        for k in range(self.languages):
            total += space.values[k]
        for k in range(held):
            best[k] = space.values[rows[k]] / total
        return held
