"""The e-invoice inside a hybrid PDF (Factur-X, ZUGFeRD, XRechnung): the attachment and nothing else of it."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import pikepdf

from kulant.core.errors import Refusal

_LARGEST_PDF = 32 * 1024 * 1024
_LARGEST_ATTACHMENT = 16 * 1024 * 1024
_INVOICES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
_ORDER = "order-x.xml"
_OLD_COMPRESSION = re.compile(rb"/(?:L|#4[cC])(?:Z|#5[aA])(?:W|#57)")
_MOST_LISTED = 5
_DEEPEST = 12  # levels of a name tree

# What it finds odd in a PDF goes to a log where one is kept, not onto somebody's screen.
logging.getLogger("pikepdf").addHandler(logging.NullHandler())
# The library's limits hold for the whole process; they are set before it opens a first file.
pikepdf.settings.set_qpdf_limits(
    flate_max_memory=_LARGEST_PDF,
    png_max_memory=_LARGEST_PDF,
    tiff_max_memory=_LARGEST_PDF,
    run_length_max_memory=_LARGEST_PDF,
    dct_max_memory=_LARGEST_PDF,
    max_stream_filters=3,
    parser_max_container_size=1_000_000,
)


def invoice_in(stream: BinaryIO) -> io.BytesIO:
    """The XML invoice a PDF carries; refuses one that carries none, that is encrypted, or that is broken."""
    whole = stream.read(_LARGEST_PDF + 1)
    if len(whole) > _LARGEST_PDF:
        raise Refusal("too_large", f"The PDF is larger than {_LARGEST_PDF >> 20} MB; hand in the XML it carries.")
    if _OLD_COMPRESSION.search(whole):
        raise Refusal("bad_pdf", "The PDF uses a compression (LZW) that no hybrid invoice may; hand in the XML itself.")
    try:
        with pikepdf.open(io.BytesIO(whole), attempt_recovery=False) as document:
            if document.is_encrypted:
                raise Refusal("encrypted", "The PDF is encrypted; save it without a password or hand in the XML.")
            return _invoice(dict(_attachments(document)))
    except pikepdf.PasswordError:
        raise Refusal("encrypted", "The PDF is encrypted; save it without a password or hand in the XML.") from None
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, RuntimeError, RecursionError):
        raise Refusal("bad_pdf", "The PDF is damaged or cut off; hand in the XML itself.") from None


def _invoice(attached: dict[str, Any]) -> io.BytesIO:
    for name in _INVOICES:
        if name in attached:
            return io.BytesIO(_bytes(name, attached[name]))
    if _ORDER in attached:
        raise Refusal("not_an_invoice", "The PDF carries an order (Order-X) and no invoice.")
    found = ", ".join(sorted(name[:60] for name in attached)[:_MOST_LISTED])
    carries = f"but only {found}" if found else "and nothing else either"
    raise Refusal("no_invoice_inside", f"The PDF carries no e-invoice such as factur-x.xml, {carries}.")


def _bytes(name: str, content: Any) -> bytes:
    broken = Refusal("bad_pdf", f"The file {name} inside the PDF is damaged or too large; hand in the XML itself.")
    try:
        data = bytes(content.read_bytes())
    except (pikepdf.PdfError, pikepdf.DataDecodingError, RuntimeError):
        raise broken from None
    if not data or len(data) > _LARGEST_ATTACHMENT:
        raise broken
    return data


def _attachments(document: pikepdf.Pdf) -> Iterator[tuple[str, Any]]:
    """Name in small letters and content of every attached file, listed as embedded or as associated."""
    root = document.Root
    names = root.get("/Names")
    tree = names.get("/EmbeddedFiles") if names is not None else None
    specifications = list(root.get("/AF") or ())
    if tree is not None:
        specifications += _leaves(tree, 0)
    for one in specifications:
        name, files = one.get("/UF", one.get("/F")), one.get("/EF")
        content = None if files is None else files.get("/UF", files.get("/F"))
        if name is not None and isinstance(content, pikepdf.Stream):
            yield str(name).lower(), content


def _leaves(node: Any, depth: int) -> list[Any]:
    if depth > _DEEPEST:
        raise ValueError("a name tree without end")
    pairs = list(node.get("/Names") or ())
    below = [leaf for child in node.get("/Kids") or () for leaf in _leaves(child, depth + 1)]
    return pairs[1::2] + below
