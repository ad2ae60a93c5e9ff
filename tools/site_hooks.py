"""Links of a page that leave docs/ point to the repository when the page stands on the site.

On GitHub such links work as they are; MkDocs calls this file for every page (mkdocs.yml).
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

LINK = re.compile(r"(\]\()(?![a-z]+:|#|/)([^)\s]+)(\))")
SOURCE = "blob/main"


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """The text of a page with the links that leave docs/ made absolute."""
    folder = posixpath.dirname(page.file.src_uri)

    def absolute(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", folder, found[2]))
        if target == "docs" or target.startswith("docs/"):
            return found[0]
        return f"{found[1]}{config['extra']['repository']}/{SOURCE}/{target}{found[3]}"

    return LINK.sub(absolute, markdown)
