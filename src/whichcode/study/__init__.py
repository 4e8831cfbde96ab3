"""The mystery of the 99 % accuracy, reproduced: why a ReLU on the logits looked better than none.

The story is told by the report that `whichcode study relu` writes; `relu` runs it.
"""
