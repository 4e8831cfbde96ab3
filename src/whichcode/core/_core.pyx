# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The hot path from a text to its answer, compiled as one module; its parts are in the files that it includes."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.math cimport INFINITY, exp, expm1, log, log1p, rint, sqrt
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memchr, memcmp, memcpy, memmove, memset

include "shapes.pxi"
include "table.pxi"
include "lexing.pxi"
include "prepare.pxi"
include "index.pxi"
include "dense.pxi"
include "rows.pxi"
include "layers.pxi"
include "network.pxi"
