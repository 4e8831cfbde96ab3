"""Labelled text: reading it, finding what is in it twice, splitting it without leaks."""

from whichcode.corpus.document import Corpus, Document
from whichcode.corpus.readers import read_corpora, read_corpus

__all__ = ["Corpus", "Document", "read_corpora", "read_corpus"]
