"""A bitext for people to look at: the table, the page, subtitles, a book, a document to review."""
