"""What is asked of the network: sums, logits, stages to be timed, and the best candidates of many texts."""

cdef class Network(Layers):
    """The layers, for callers in Python; its arguments are theirs."""

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
