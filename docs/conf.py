"""How Sphinx makes the documentation site: `make docs`."""

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from fewbytes import __version__

project = "fewbytes"
author = "the fewbytes authors"
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "verbs"]
exclude_patterns = ["_ext"]

myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
smartquotes_action = "D"  # two hyphens are a dash, and quotes are left alone
highlight_language = "text"  # a block without a language is what a terminal shows

default_role = "code"  # docstrings put names in single backticks
add_module_names = False
autodoc_member_order = "alphabetical"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = "fewbytes"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_domain_indices = False  # a list of one module


def plain(app: Sphinx, what: str, name: str, of: object, options: object, lines: list[str]) -> None:
    """An asterisk in a docstring is a star, as in (n, *code_shape), and starts no emphasis. The
    module's own docstring is left out: `api.md` says what it says.
    """
    if what == "module":
        lines.clear()
    for number, line in enumerate(lines):
        pieces = re.split("(`[^`]*`)", line)
        pieces[::2] = [piece.replace("*", r"\*") for piece in pieces[::2]]
        lines[number] = "".join(pieces)


def setup(app: Sphinx) -> None:
    """Tell Sphinx."""
    app.connect("autodoc-process-docstring", plain)
