"""whichcode as a part of other libraries; each module needs that library, and an extra of the same name."""
