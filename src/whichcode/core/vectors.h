/* The loops that want vector instructions, compiled for several kinds of processor from one text (kernels.h).

   What this processor can do is chosen when the module is loaded (whichcode_choose). GCC and Clang take vectors of a
   size that is said and make of them what the processor has; for other compilers kernels.h has plain loops. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#define WHICHCODE_VECTORS 1
#define WHICHCODE_INLINE static inline __attribute__((always_inline))
#define WHICHCODE_APART __restrict__
#define WHICHCODE_PREFETCH(address) __builtin_prefetch(address)
/* Flags that tell other threads that what was written before them is there. */
#define WHICHCODE_IS_SET(flag) __atomic_load_n(flag, __ATOMIC_ACQUIRE)
#define WHICHCODE_SET(flag) __atomic_store_n(flag, 1, __ATOMIC_RELEASE)
#else
/* Volatile does this on x86 for the compiler that is left, Microsoft's. */
#define WHICHCODE_IS_SET(flag) (*(const volatile uint8_t*)(flag))
#define WHICHCODE_SET(flag) (*(volatile uint8_t*)(flag) = 1)
#define WHICHCODE_VECTORS 0
#define WHICHCODE_INLINE static __inline
#define WHICHCODE_APART __restrict
#define WHICHCODE_PREFETCH(address) ((void)(address))
#endif

enum {
    WHICHCODE_COLUMNS = 96, /* of rows that are added up at once */
    WHICHCODE_TILE = 32,    /* outputs of a dense layer that are computed at once */
    WHICHCODE_RUN = 32      /* inputs whose shares are added up in float32 before they go to a double */
};

/* exp(x) for x <= 0 within 1e-15, without branches, so that loops of it become vectors; about 0 from -700 on.
   exp(x) = 2^n exp(r) with |r| <= ln(2) / 2, ln(2) in two parts (Cody and Waite, Software Manual for the Elementary
   Functions, 1980) and exp(r) by its Taylor polynomial of degree 11. */
WHICHCODE_INLINE double whichcode_exponential(double x)
{
    union { double value; int64_t bits; } scale;
    double n, r, p = 1.0 / 39916800;
    x = x > -700.0 ? x : -700.0;
    scale.value = x * 1.4426950408889634 + 6755399441055744.0;
    n = scale.value - 6755399441055744.0;
    r = x - n * 0.693147180369123816490;
    r = r - n * 1.90821492927058770002e-10;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    scale.bits = (int64_t)((uint64_t)(scale.bits + 1023) << 52);
    return p * scale.value;
}

#define WHICHCODE_JOIN(name, suffix) name##_##suffix
#define WHICHCODE_NAME(name, suffix) WHICHCODE_JOIN(name, suffix)

#define WHICHCODE_KIND plain
#define WHICHCODE_TARGET
#define WHICHCODE_BYTES 16
#define WHICHCODE_TOGETHER 1
#include "kernels.h"

#if WHICHCODE_VECTORS && defined(__x86_64__)
#define WHICHCODE_KIND avx2
#define WHICHCODE_TARGET __attribute__((target("avx2,fma")))
#define WHICHCODE_BYTES 32
#define WHICHCODE_TOGETHER 1
#include "kernels.h"

#define WHICHCODE_KIND avx512
#if defined(__clang__)
#define WHICHCODE_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#else
#define WHICHCODE_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,prefer-vector-width=512")))
#endif
#define WHICHCODE_BYTES 64
#define WHICHCODE_TOGETHER 4
#include "kernels.h"
#endif

static void (*whichcode_rows)(int32_t *, const int8_t *, const int32_t *, ptrdiff_t, ptrdiff_t);
static void (*whichcode_dense)(double *, const float *, const float *, ptrdiff_t, ptrdiff_t, ptrdiff_t, ptrdiff_t);
static void (*whichcode_elu)(float *, const double *, ptrdiff_t);
static void (*whichcode_exp)(double *, const double *, double, ptrdiff_t);

#define WHICHCODE_USE(kind)                                                                                        \
    (whichcode_rows = whichcode_rows_##kind, whichcode_dense = whichcode_dense_##kind,                             \
     whichcode_elu = whichcode_elu_##kind, whichcode_exp = whichcode_exp_##kind)

/* Choose what this processor can do, at most `level`: 0 what every processor can, 1 AVX2, 2 AVX-512. Returns the
   level. */
static int whichcode_choose(int level)
{
#if WHICHCODE_VECTORS && defined(__x86_64__)
    __builtin_cpu_init();
    if (level >= 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        WHICHCODE_USE(avx512);
        return 2;
    }
    if (level >= 1 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        WHICHCODE_USE(avx2);
        return 1;
    }
#endif
    (void)level;
    WHICHCODE_USE(plain);
    return 0;
}
