"""The network's prediction, compiled: what `whichcode.model.predict` says in plain Python.

Integer sums of the rows are exact, as there. The dense layers are float32, added up in runs whose sums are double: their
logits differ from the reference's by some 1e-6 at most, a little with the processor's vectors too. Where that could
change the answer it is computed again in double.
"""

cdef class Network:
    """The layers of one model, over an `Index`.

    Args:
        index: the vocabulary.
        rows: int8 [size, width], a buffer that is kept and not copied; with `steps` uint8 [size, width / 2].
        steps: of rows in 4 bits, uint8 [size], kept too; or None.
        scale, bias: of the bag layer, doubles [width].
        layers: (weights float32 [outputs, inputs], biases float32 [outputs]) as buffers, the head last.
        damping: of counts, as `whichcode.features.bag.damp` says it.
        normalise: whether sums are divided by the bag's Euclidean length.
        relu: whether the head is a ReLU.
        calibration: (a, b) of the temperature exp(a + b ln(1 + evidence)).
    """

    cdef readonly Index index
    cdef object kept
    cdef Packed packed
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
        steps,
        scale,
        bias,
        layers,
        str damping not None,
        bint normalise,
        bint relu,
        calibration,
    ):
        cdef const uint8_t[::1] view = memoryview(rows).cast("B"), step
        cdef Py_ssize_t i, size = index.table.size
        self.index, self.kept = index, (rows, steps)
        self.width = len(scale)
        if view.shape[0] * (1 if steps is None else 2) != size * self.width:
            raise ValueError("rows are not [size, width]")
        self.rows = <const int8_t*>&view[0] if view.shape[0] else NULL
        if steps is not None and size:
            step = memoryview(steps).cast("B")
            if step.shape[0] != size:
                raise ValueError("steps are not [size]")
            self.packed.halves, self.packed.steps = &view[0], &step[0]
            self.packed.size, self.packed.width = size, self.width
            self.packed.made = <uint8_t*>calloc(size, 1)
            self.packed.rows = <int8_t*>calloc(size, self.width)
            if not (self.packed.made and self.packed.rows):
                raise MemoryError()
            self.rows = self.packed.rows
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
        free(self.packed.made)
        free(self.packed.rows)
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
        space.values = <double*>malloc((TOGETHER * self.widest + 1) * sizeof(double))
        space.inputs = <float*>calloc(TOGETHER * self.widest + 1, sizeof(float))
        space.outputs = <double*>malloc((TOGETHER * self.widest + 1) * sizeof(double))
        if not (space.sums and space.wide and space.values and space.inputs and space.outputs):
            destroy_space(space)
            raise MemoryError()
        return space

    cdef void give_back(self, Space* space):
        self.free_space.append(<size_t>space)

    cdef void read(self, const uint8_t* p, Py_ssize_t n, int place, Scratch* scratch, Space* space) noexcept nogil:
        """Take a prepared text as far as the bag layer, as number `place` of those that go on together."""
        count(&self.index.table, p, n, scratch)
        space.evidence[place] = scratch.found
        self.bag_layer(scratch, space, place)
        clear(scratch)

    cdef void calibrate(self, int texts, Space* space, bint exactly) noexcept nogil:
        """Take `texts` from the bag layer to their calibrated logits, which `space.values` [texts, widest] then holds.

        If `exactly`, one text, in double throughout and in the reference's order of sums.
        """
        cdef Py_ssize_t k
        cdef int i
        cdef double temperature
        cdef double* logits
        if exactly:
            self.head_exactly(space)
        else:
            self.head(texts, space)
        for i in range(texts):
            logits = space.values + i * self.widest
            temperature = exp(self.a + self.b * log1p(<double>space.evidence[i]))
            for k in range(self.languages):
                logits[k] = logits[k] / temperature

    cdef void bag_layer(self, Scratch* scratch, Space* space, int place) noexcept nogil:
        """Write the bag layer before its activation [width] into `space.values`, number `place`."""
        cdef Py_ssize_t i, j
        cdef int64_t weight, squares = 0
        cdef const int8_t* row
        cdef double factor = 1.0
        if self.packed.made:
            make_rows(&self.packed, scratch.rows, scratch.found)
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
            space.values[place * self.widest + j] = self.bias[j] + factor * self.scale[j] * space.wide[j]

    cdef void head(self, int texts, Space* space) noexcept nogil:
        """Replace the bag layers in `space.values`, before their activation, by the logits."""
        cdef Py_ssize_t i, k
        cdef int text
        cdef Layer* layer
        cdef float* inputs
        for i in range(self.depth):
            layer = &self.layers[i]
            for text in range(texts):
                inputs = space.inputs + text * self.widest
                whichcode_elu(inputs, space.values + text * self.widest, layer.inputs)
                # What is beyond the inputs has no weight, but must be a number.
                memset(inputs + layer.inputs, 0, (layer.whole_inputs - layer.inputs) * sizeof(float))
                memcpy(
                    space.outputs + text * self.widest, layer.bias, layer.tiles * WHICHCODE_TILE * sizeof(double)
                )
            whichcode_dense(
                space.outputs, layer.weights, space.inputs, layer.whole_inputs, layer.tiles, self.widest, texts
            )
            space.values, space.outputs = space.outputs, space.values
        if self.relu:
            for text in range(texts):
                for k in range(text * self.widest, text * self.widest + self.languages):
                    space.values[k] = space.values[k] if space.values[k] > 0 else 0.0

    cdef void head_exactly(self, Space* space) noexcept nogil:
        """Do what `head` does to the first text, as `whichcode.model.predict` does it."""
        cdef Py_ssize_t i, j, k
        cdef Layer* layer
        cdef const float* weights
        cdef double x, total
        for i in range(self.depth):
            layer = &self.layers[i]
            for j in range(layer.inputs):
                x = space.values[j]
                space.values[j] = x if x > 0 else expm1(x)
            for k in range(layer.outputs):
                weights = layer.weights + (k // WHICHCODE_TILE * layer.whole_inputs) * WHICHCODE_TILE + k % WHICHCODE_TILE
                total = 0
                for j in range(layer.inputs):
                    total += weights[j * WHICHCODE_TILE] * space.values[j]
                space.outputs[k] = layer.bias[k] + total
            space.values, space.outputs = space.outputs, space.values
        if self.relu:
            for k in range(self.languages):
                space.values[k] = space.values[k] if space.values[k] > 0 else 0.0

    def sums(self, str text not None):
        """Return the weighted sums of rows [width] for a prepared text, exact integers."""
        cdef Scratch* scratch = self.index.take()
        cdef Space* space = self.take()
        cdef Py_ssize_t n
        try:
            owner = encoded(text)
            p = bytes_of(owner, &n)
            count(&self.index.table, p, n, scratch)
            self.bag_layer(scratch, space, 0)
            return [space.wide[j] for j in range(self.width)]
        finally:
            clear(scratch)
            self.index.give_back(scratch)
            self.give_back(space)

    def logits(self, str text not None):
        """Return the calibrated logits of a prepared text, a list of doubles [languages]."""
        cdef Scratch* scratch = self.index.take()
        cdef Space* space = self.take()
        cdef Py_ssize_t n
        cdef const uint8_t* p
        try:
            owner = encoded(text)
            p = bytes_of(owner, &n)
            with nogil:
                self.read(p, n, 0, scratch, space)
                self.calibrate(1, space, False)
            return [space.values[i] for i in range(self.languages)]
        finally:
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
        cdef Py_ssize_t n, total = 0
        cdef int held = 0
        cdef uint64_t work = scratch.work
        cdef const uint8_t* p
        try:
            scratch.hash_only = stage == 0
            for text in texts:
                owner = encoded(text)
                p = bytes_of(owner, &n)
                with nogil:
                    count(&self.index.table, p, n, scratch)
                    total += scratch.found
                    space.evidence[held] = scratch.found
                    if stage >= 2:
                        self.bag_layer(scratch, space, held)
                    clear(scratch)
                    held += 1
                    if held == TOGETHER:
                        if stage >= 3:
                            self.calibrate(held, space, False)
                        held = 0
            if held and stage >= 3:
                self.calibrate(held, space, False)
            return scratch.work - work if stage == 0 else total
        finally:
            scratch.hash_only = False
            self.index.give_back(scratch)
            self.give_back(space)

    def answers(self, list texts not None, restriction, Py_ssize_t most):
        """Return for each text, `str` or bytes that are plain (`is_plain`) or a prepared `str`, its `most` best candidates.

        Args:
            texts: the GIL is held to begin with and at the end, and not while they are looked at.
            restriction: doubles [languages] that are added to the calibrated logits, or None.
            most: candidates of each text.

        Returns:
            A list of (rows, probabilities), two tuples, best first; None for a blank text.
        """
        cdef Py_ssize_t size = len(texts), i, k, n
        cdef Py_ssize_t waiting[TOGETHER]
        cdef int j, again, held = 0
        cdef const uint8_t* p
        cdef Scratch* scratch = NULL
        cdef Space* space = NULL
        cdef double* extra = NULL
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
            best = <double*>malloc(max(size * most, 1) * sizeof(double))
            rows = <int32_t*>malloc(max(size * most, 1) * sizeof(int32_t))
            found = <int32_t*>malloc(max(size, 1) * sizeof(int32_t))
            starts = <const uint8_t**>malloc(max(size, 1) * sizeof(uint8_t*))
            lengths = <Py_ssize_t*>malloc(max(size, 1) * sizeof(Py_ssize_t))
            if not (best and rows and found and starts and lengths):
                raise MemoryError()
            for i in range(size):
                owner = encoded(texts[i])
                owners.append(owner)
                starts[i] = bytes_of(owner, &n)
                lengths[i] = n
            with nogil:
                for i in range(size):
                    n = lengths[i]
                    p = without_margin(starts[i], &n, space)
                    found[i] = 0
                    if n:
                        self.read(p, n, held, scratch, space)
                        waiting[held] = i
                        held += 1
                    if held == TOGETHER or held and i + 1 == size:
                        self.calibrate(held, space, False)
                        again = 0
                        for j in range(held):
                            k = waiting[j]
                            found[k] = self.choose(
                                space.values + j * self.widest, extra, most, rows + k * most, best + k * most, space
                            )
                            if space.close:
                                waiting[again] = k
                                again += 1
                        for j in range(again):
                            k = waiting[j]
                            n = lengths[k]
                            p = without_margin(starts[k], &n, space)
                            self.read(p, n, 0, scratch, space)
                            self.calibrate(1, space, True)
                            self.choose(space.values, extra, most, rows + k * most, best + k * most, space)
                        held = 0
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
            free(best)
            free(rows)
            free(found)
            free(starts)
            free(lengths)
            if scratch:
                self.index.give_back(scratch)
            if space:
                self.give_back(space)

    cdef int choose(
        self, double* logits, const double* extra, Py_ssize_t most, int32_t* rows, double* best, Space* space
    ) noexcept nogil:
        """Write the best candidates and their probabilities; return how many.

        `space.close` tells whether another language is so close to the best that float32 may have put it behind.
        """
        cdef Py_ssize_t k, place, held = 0
        cdef double total = 0.0, highest, x
        cdef double* exponentials = space.outputs
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
        whichcode_exp(exponentials, logits, highest, self.languages)
        space.close = False
        for k in range(self.languages):
            total += exponentials[k]
            space.close |= exponentials[k] > CLOSE and k != rows[0]
        for k in range(held):
            best[k] = exponentials[rows[k]] / total
        return held
