"""What a PDF needs to be PDF/A-3a and PDF/UA-1 beyond what WeasyPrint writes. Called just before the file is written.

The claim to be PDF/UA goes into the one description of the file that readers look at; heads of tables say what they are
the heads of; what stands at the edge of every page is marked as an edge, since no reading order has a place for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def finish(_document: Any, pdf: Any) -> None:
    """Complete the file in place; WeasyPrint calls it with the laid-out document and the file."""
    _describe(pdf)
    _list_once(pdf)
    heads = {"/THead": "/Column", "/TBody": "/Row"}
    for group in pdf.objects:
        if isinstance(group, dict) and group.get("S") in heads:
            _say_scope(pdf, group, heads[group["S"]])
    _mark_edges(pdf)


def _object(pdf: Any, reference: Any) -> Any:
    """The object that is referred to as ``12 0 R``."""
    return pdf.objects[int(reference.split()[0])]


def _describe(pdf: Any) -> None:
    # A second description beside the first would be read by nobody.
    metadata = _object(pdf, pdf.catalog["Metadata"])
    [described] = metadata.stream
    metadata.stream = [described.replace(b"</rdf:RDF>", _UNIVERSAL_ACCESS + b"</rdf:RDF>")]


def _list_once(pdf: Any) -> None:
    pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


def _say_scope(pdf: Any, group: Any, scope: str) -> None:
    for row in _kids(pdf, group):
        for cell in _kids(pdf, row):
            if cell.get("S") == "/TH":
                cell["A"]["Scope"] = scope


def _kids(pdf: Any, element: Any) -> Iterator[Any]:
    """The elements under one in the tree of tags."""
    for kid in element.get("K", ()):
        if not isinstance(kid, int):
            yield _object(pdf, kid)


def _mark_edges(pdf: Any) -> None:
    """Mark as page furniture what has tags that no element of the tree leads to."""
    root = _object(pdf, pdf.catalog["StructTreeRoot"])
    told: set[int] = set()
    waiting = [_object(pdf, reference) for reference in root["K"]]
    while waiting:
        element = waiting.pop()
        told.add(element.number)
        waiting.extend(_kids(pdf, element))
    tagged = _object(pdf, root["ParentTree"])["Nums"]
    for place, reference in enumerate(pdf.page_references):
        owners = tagged[2 * place + 1]
        edges = {tag for tag, owner in enumerate(owners) if int(owner.split()[0]) not in told}
        if edges:
            _as_furniture(_object(pdf, _object(pdf, reference)["Contents"]).stream, edges)
            owners[:] = ["null" if tag in edges else owner for tag, owner in enumerate(owners)]


def _as_furniture(drawn: list[Any], edges: set[int]) -> None:
    for place, part in enumerate(drawn):
        if isinstance(part, dict) and part.get("MCID") in edges:
            drawn[place - 1 : place + 1] = ["/Artifact", "<</Type /Pagination>>"]


# PDF/A wants every foreign metadata schema explained in the file itself.
_UNIVERSAL_ACCESS = b"""
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the document follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""
