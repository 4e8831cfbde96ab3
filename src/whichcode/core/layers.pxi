"""The network's prediction, compiled: what `whichcode.model.predict` says in plain Python.

Integer sums of the rows are exact, as there. The dense layers are float32, added up in runs whose sums are double: their
logits differ from the reference's by some 1e-6 at most, a little with the processor's vectors too. Where that could
change the answer it is computed again in double.
"""

cdef class Layers:
    """The layers of one model, over an `Index`: from a text to its calibrated logits.

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
