"""Comparisons with other detectors and libraries; not part of the installed package."""
