"""polyalign."""
