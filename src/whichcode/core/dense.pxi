"""What the network is computed with: layers, their products in C, the exponential, weights of counts, memory."""

cdef extern from "vectors.h":
    enum:
        WHICHCODE_TILE
        WHICHCODE_RUN
    int whichcode_choose(int level)
    void (*whichcode_rows)(int32_t*, const int8_t*, const int32_t*, Py_ssize_t, Py_ssize_t) noexcept nogil
    void (*whichcode_dense)(
        double*, const float*, const float*, Py_ssize_t, Py_ssize_t, Py_ssize_t, Py_ssize_t
    ) noexcept nogil
    void (*whichcode_elu)(float*, const double*, Py_ssize_t) noexcept nogil
    void (*whichcode_exp)(double*, const double*, double, Py_ssize_t) noexcept nogil


def use_vectors(int level):
    """Compute with the vectors of processors of `level`: 0 any, 1 AVX2, 2 AVX-512; return what this one can of it."""
    return whichcode_choose(level)


use_vectors(2)

cdef double CLOSE = 0.9999     # of the best probability: far more than float32 gets wrong

cdef struct Layer:
    Py_ssize_t inputs, outputs
    Py_ssize_t whole_inputs, tiles  # inputs and outputs in whole runs and tiles
    float* weights            # [tiles, whole_inputs, WHICHCODE_TILE]
    double* bias              # [tiles * WHICHCODE_TILE]

cdef enum Damping:
    PRESENCE, COUNT, LOG, SQRT

cdef enum:
    TOGETHER = 8              # texts that go through the dense layers at a time

cdef struct Space:
    # What some predictions need beside Scratch.
    int32_t* sums             # [width]
    int64_t* wide             # the same, where weights are not 1
    double* values            # [TOGETHER, widest layer in whole runs and tiles]: a layer's inputs, the logits at last
    float* inputs             # the same after their activation
    double* outputs
    Py_ssize_t evidence[TOGETHER]
    bint close                # see Network.choose
    uint8_t* bare             # a text without its margin
    Py_ssize_t bare_size


cdef inline int64_t damped(uint32_t count, Damping damping) noexcept nogil:
    """Return the integer weight of a count, as `whichcode.features.bag.damp` does, in sixteenths for the last two."""
    if damping == COUNT:
        return count
    if damping == LOG:
        return <int64_t>rint(16 * (1.0 + log(<double>count)))
    return <int64_t>rint(16 * sqrt(<double>count))


cdef double* doubles(values) except NULL:
    """Return a copy of an iterable of numbers; the caller frees it."""
    cdef Py_ssize_t i, size = len(values)
    cdef double* result = <double*>calloc(size + 1, sizeof(double))
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
    layer.whole_inputs = (inputs + WHICHCODE_RUN - 1) // WHICHCODE_RUN * WHICHCODE_RUN
    layer.tiles = (outputs + WHICHCODE_TILE - 1) // WHICHCODE_TILE
    layer.weights = <float*>calloc(layer.tiles * layer.whole_inputs * WHICHCODE_TILE + 1, sizeof(float))
    layer.bias = <double*>calloc(layer.tiles * WHICHCODE_TILE + 1, sizeof(double))
    if not layer.weights or not layer.bias:
        raise MemoryError()
    for i in range(outputs):
        layer.bias[i] = b[i]
        for j in range(inputs):
            layer.weights[
                (i // WHICHCODE_TILE * layer.whole_inputs + j) * WHICHCODE_TILE + i % WHICHCODE_TILE
            ] = w[i * inputs + j]
    return 0


cdef void destroy_space(Space* space) noexcept:
    free(space.sums)
    free(space.wide)
    free(space.values)
    free(space.inputs)
    free(space.outputs)
    free(space.bare)
    free(space)
