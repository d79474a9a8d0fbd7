"""The HTTP API and the review page on project files, on this machine alone unless told otherwise."""

from polyalign.server.serving import check_installed, serve

__all__ = ["check_installed", "serve"]
