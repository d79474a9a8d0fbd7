"""Files as documents, whatever they are."""

from polyalign.formats.documents.reading import names_file, read

__all__ = ["names_file", "read"]
