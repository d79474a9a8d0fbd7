"""The site of the documentation: `make docs` builds it strictly, without a network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from polyalign import __version__  # noqa: E402 (the checkout's, whatever is installed)

project = "polyalign"
version = release = __version__
project_copyright = "the authors of polyalign, Apache-2.0"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["images/*.py"]
html_theme = "furo"
html_static_path, html_css_files = ["_static"], ["site.css"]
html_title = f"polyalign {release}"
html_show_sphinx = False
html_copy_source = False
myst_heading_anchors = 4  # as GitHub makes them, so that one link works in both places
default_role = "literal"  # docstrings say `name` as Markdown does
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_default_options = {"members": True}
suppress_warnings = ["misc.highlighting_failure"]  # examples of JSON with "…" in them


class Help(Directive):
    """What `polyalign COMMAND --help` prints; no command: what `polyalign --help` does."""

    required_arguments = 0
    optional_arguments = 2
    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        """The help as a block."""
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        command = [sys.executable, "-m", "polyalign", *self.arguments, "--help"]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env=os.environ | {"COLUMNS": "84", "NO_COLOR": "1", "PYTHONPATH": os.pathsep.join(paths)},
        )
        text = done.stdout.replace("__main__.py", "polyalign")
        return [nodes.literal_block(text, text, language="text")]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("help", Help)
