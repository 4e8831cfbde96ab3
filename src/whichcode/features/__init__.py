"""What is counted in a text, which of it is worth counting, and the bag of one text or of many."""

from whichcode.features.bag import bag, damp
from whichcode.features.extract import FeatureSpec, display, extract
from whichcode.features.vocabulary import Vocabulary

__all__ = ["FeatureSpec", "Vocabulary", "bag", "damp", "display", "extract"]
