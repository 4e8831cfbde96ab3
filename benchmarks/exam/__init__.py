"""The public exam: texts of every length in many languages, and what detectors make of them.

``python -m benchmarks.exam build`` makes the texts, ``python -m benchmarks.exam run`` puts them to detectors.
"""
