"""What the network is computed with: layers, their products in C, the exponential, weights of counts, memory."""

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
