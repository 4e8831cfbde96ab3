"""The proof of `whichcode fences`: labels are taken from documentation and put back."""
