# SPDX-FileCopyrightText: 2026 The deepracer-drive authors
# SPDX-License-Identifier: Apache-2.0
"""Building XML, with numbers in few words."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from xml.etree.ElementTree import Element


def add(parent: Element, tag: str, content: object = None, **attributes: str) -> Element:
    """Append an element; its content is text, a number, a truth value or a tuple of numbers."""
    element = ElementTree.SubElement(parent, tag, attributes)
    if content is not None:
        element.text = text(content)
    return element


def text(content: object) -> str:
    """Return content as XML says it; numbers to ten digits."""
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, float):
        return f"{content + 0.0:.10g}"  # minus zero is zero
    if isinstance(content, tuple):
        return " ".join(map(text, content))
    return str(content)


def document(root: Element) -> str:
    """Return the whole document, indented."""
    ElementTree.indent(root)
    return '<?xml version="1.0"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
