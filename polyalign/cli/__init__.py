"""The command line: arguments to calls. The only room that prints or exits."""

from polyalign.cli.entry import main, program

__all__ = ["main", "program"]
