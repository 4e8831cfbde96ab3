"""`whichcode serve`: detection over HTTP, and a page that shows it."""
