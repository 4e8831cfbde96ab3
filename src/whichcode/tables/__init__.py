"""Labelling tables: columns of texts in Arrow's memory, and files too large for it. PyArrow."""
