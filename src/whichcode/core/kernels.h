/* The loops themselves; vectors.h includes this once for each kind of processor, with

   WHICHCODE_KIND    what the functions' names end in,
   WHICHCODE_TARGET  the attribute that lets the compiler use that processor's instructions,
   WHICHCODE_BYTES   the size of its vectors,
   WHICHCODE_TOGETHER  the texts whose sums its registers can hold. */

#define NAME(name) WHICHCODE_NAME(whichcode_##name, WHICHCODE_KIND)

#if WHICHCODE_VECTORS
typedef int8_t NAME(bytes) __attribute__((vector_size(WHICHCODE_BYTES / 2), aligned(1), may_alias));
typedef int16_t NAME(shorts) __attribute__((vector_size(WHICHCODE_BYTES)));
typedef float NAME(floats) __attribute__((vector_size(WHICHCODE_BYTES), aligned(4), may_alias));
#endif

/* sums[k] = sum over i < size of table[rows[i] * width + k], for k < width */
WHICHCODE_TARGET static void NAME(rows)(
    int32_t *sums, const int8_t *table, const int32_t *rows, ptrdiff_t size, ptrdiff_t width)
{
    ptrdiff_t column = 0;
    memset(sums, 0, width * sizeof *sums);
#if WHICHCODE_VECTORS
    enum { STRETCH = WHICHCODE_BYTES / 2, PARTS = WHICHCODE_COLUMNS / STRETCH, AHEAD = 16 };
    for (; column + WHICHCODE_COLUMNS <= width; column += WHICHCODE_COLUMNS)
        /* 255 rows of int8 cannot overflow 16 bits. */
        for (ptrdiff_t first = 0; first < size; first += 255) {
            ptrdiff_t end = size - first < 255 ? size : first + 255;
            NAME(shorts) parts[PARTS] = {{0}};
            for (ptrdiff_t i = first; i < end; i++) {
                const int8_t *row = table + rows[i] * width + column;
                if (i + AHEAD < end) {
                    const int8_t *later = table + rows[i + AHEAD] * width + column;
                    WHICHCODE_PREFETCH(later);
                    WHICHCODE_PREFETCH(later + WHICHCODE_COLUMNS - 1);
                }
#pragma GCC unroll 12
                for (int part = 0; part < PARTS; part++)
                    parts[part] +=
                        __builtin_convertvector(*(const NAME(bytes) *)(row + part * STRETCH), NAME(shorts));
            }
            for (int part = 0; part < PARTS; part++)
                for (int k = 0; k < STRETCH; k++) sums[column + part * STRETCH + k] += parts[part][k];
        }
#endif
    for (ptrdiff_t i = 0; column < width && i < size; i++)
        for (ptrdiff_t k = column; k < width; k++) sums[k] += table[rows[i] * width + k];
}

/* For each of `texts`: outputs[k] += sum over i < inputs of factors[i] * weights[i][k]. Weights lie in tiles of
   WHICHCODE_TILE outputs, each with all inputs one after the other; `inputs` is a multiple of WHICHCODE_RUN. A text's
   factors and outputs begin `stride` after those of the text before. Several texts at a time share the loads of weights;
   each gets the sums, to the last bit, that it gets alone. */
#if WHICHCODE_VECTORS
WHICHCODE_INLINE WHICHCODE_TARGET void NAME(dense_together)(
    double *outputs, const float *weights, const float *factors, ptrdiff_t inputs, ptrdiff_t tiles, ptrdiff_t stride,
    const int texts)
{
    enum { SIZE = WHICHCODE_BYTES / sizeof(float), PARTS = WHICHCODE_TILE / SIZE };
    for (ptrdiff_t tile = 0; tile < tiles; tile++, outputs += WHICHCODE_TILE)
        for (ptrdiff_t first = 0; first < inputs; first += WHICHCODE_RUN) {
            /* Every second input has sums of its own, so that additions wait less for each other. */
            NAME(floats) even[WHICHCODE_TOGETHER][PARTS] = {{{0}}}, odd[WHICHCODE_TOGETHER][PARTS] = {{{0}}};
            for (ptrdiff_t i = first; i < first + WHICHCODE_RUN; i += 2, weights += 2 * WHICHCODE_TILE) {
                const NAME(floats) *w = (const NAME(floats) *)weights;
#pragma GCC unroll 4
                for (int text = 0; text < texts; text++) {
                    const float *factor = factors + text * stride + i;
#pragma GCC unroll 8
                    for (int part = 0; part < PARTS; part++) {
                        even[text][part] += factor[0] * w[part];
                        odd[text][part] += factor[1] * w[PARTS + part];
                    }
                }
            }
#pragma GCC unroll 4
            for (int text = 0; text < texts; text++)
#pragma GCC unroll 8
                for (int part = 0; part < PARTS; part++) {
                    NAME(floats) sum = even[text][part] + odd[text][part];
                    for (int k = 0; k < (int)SIZE; k++) outputs[text * stride + part * SIZE + k] += sum[k];
                }
        }
}
#endif

WHICHCODE_TARGET static void NAME(dense)(
    double *outputs, const float *weights, const float *factors, ptrdiff_t inputs, ptrdiff_t tiles, ptrdiff_t stride,
    ptrdiff_t texts)
{
#if WHICHCODE_VECTORS
    for (; texts >= WHICHCODE_TOGETHER && WHICHCODE_TOGETHER > 1; texts -= WHICHCODE_TOGETHER) {
        NAME(dense_together)(outputs, weights, factors, inputs, tiles, stride, WHICHCODE_TOGETHER);
        outputs += WHICHCODE_TOGETHER * stride;
        factors += WHICHCODE_TOGETHER * stride;
    }
    for (; texts; texts--, outputs += stride, factors += stride)
        NAME(dense_together)(outputs, weights, factors, inputs, tiles, stride, 1);
#else
    for (; texts; texts--, outputs += stride, factors += stride) {
        const float *w = weights;
        for (ptrdiff_t tile = 0; tile < tiles; tile++)
            for (ptrdiff_t first = 0; first < inputs; first += WHICHCODE_RUN) {
                float sums[WHICHCODE_TILE] = {0};
                for (ptrdiff_t i = first; i < first + WHICHCODE_RUN; i++, w += WHICHCODE_TILE)
                    for (int k = 0; k < WHICHCODE_TILE; k++) sums[k] += factors[i] * w[k];
                for (int k = 0; k < WHICHCODE_TILE; k++) outputs[tile * WHICHCODE_TILE + k] += sums[k];
            }
    }
#endif
}

/* results[k] = elu(values[k]) */
WHICHCODE_TARGET static void NAME(elu)(
    float *WHICHCODE_APART results, const double *WHICHCODE_APART values, ptrdiff_t size)
{
    for (ptrdiff_t k = 0; k < size; k++) {
        double x = values[k], below = whichcode_exponential(x < 0 ? x : 0) - 1.0;
        results[k] = (float)(x > 0 ? x : below);
    }
}

/* results[k] = exp(values[k] - highest) */
WHICHCODE_TARGET static void NAME(exp)(
    double *WHICHCODE_APART results, const double *WHICHCODE_APART values, double highest, ptrdiff_t size)
{
    for (ptrdiff_t k = 0; k < size; k++) results[k] = whichcode_exponential(values[k] - highest);
}

#undef NAME
#undef WHICHCODE_KIND
#undef WHICHCODE_TARGET
#undef WHICHCODE_BYTES
#undef WHICHCODE_TOGETHER
