"""Other detectors behind one line protocol: small scripts that run with the peer's own interpreter and libraries.

Every script reads lines ``{"id": …, "text": …}`` on standard input and writes, for each line and before it reads
the next, ``{"id": …, "label": …, "score": …}``: the peer's own label of its first answer (null where it has
none) and its confidence (null where it gives no probability). ``--describe`` writes instead one line
``{"version": …, "labels": [every label that it can answer], "probabilities": whether scores are such}``.
Optional keys: ``abstains``, whether the peer used as it comes would give no answer; ``timeout``, that it had
none within the time limit.
"""
