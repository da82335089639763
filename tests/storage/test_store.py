"""A folder and a bucket keep files alike: whole, once, and never others under the same name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from kulant.core.errors import NotFound, Refusal
from kulant.doctor import examine
from kulant.intake.shelf import Shelf
from kulant.letters.storage import Altered, open_storage, open_uploads
from kulant.settings import Settings
from kulant.storage import open_store
from tests.support.s3 import KEY, Server, own_authority, plain_server, s3_server

DIGEST = sha256(b"%PDF-letter").hexdigest()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with s3_server() as running:
        yield running


@pytest.fixture(params=["folder", "bucket"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where documents are kept, once in a folder and once on a server."""
    if request.param == "folder":
        return f"file:{tmp_path / 'documents'}"
    server: Server = request.getfixturevalue("server")
    return server.bucket()


def test_a_document_is_kept_once_and_comes_back_as_it_was(url: str) -> None:
    storage = open_storage(url)
    assert storage.put(b"%PDF-letter") == storage.put(b"%PDF-letter") == DIGEST
    assert storage.get(DIGEST) == b"%PDF-letter"
    assert "documents are kept in " in storage.check()


def test_no_other_document_takes_its_place(url: str) -> None:
    store = open_store(url)
    assert store.create("ab/one.pdf", b"first")
    assert not store.create("ab/one.pdf", b"second")
    assert store.read("ab/one.pdf") == b"first"


def test_an_altered_document_is_never_given_out_and_a_good_copy_takes_its_place(url: str) -> None:
    storage = open_storage(url)
    storage.put(b"%PDF-letter")
    open_store(url).replace(f"{DIGEST[:2]}/{DIGEST}.pdf", b"%PDF-lettre")
    with pytest.raises(Altered, match="was altered"):
        storage.get(DIGEST)
    assert storage.put(b"%PDF-letter") == DIGEST
    assert storage.get(DIGEST) == b"%PDF-letter"


def test_what_is_not_there_is_told_in_words(url: str) -> None:
    with pytest.raises(NotFound, match="restore it from a backup"):
        open_storage(url).get(DIGEST)
    with pytest.raises(NotFound):
        open_store(url).open("ab/none.pdf")
    open_store(url).remove("ab/none.pdf")


def test_customers_files_lie_apart_from_ours(url: str) -> None:
    digest = open_uploads(url).put(b"%PDF-theirs")
    with pytest.raises(NotFound):
        open_storage(url).get(digest)
    assert open_uploads(url).get(digest) == b"%PDF-theirs"


def test_an_import_waits_on_the_shelf_however_large_and_is_gone_afterwards(url: str) -> None:
    shelf, content = Shelf(url), b"0123456789abcdef" * 500_000  # more than one part of an upload
    kept = shelf.put(BytesIO(content))
    assert (kept.size, kept.sha256) == (len(content), sha256(content).hexdigest())
    with shelf.open(kept.key) as file:
        assert file.read(4) == b"0123" and file.seek(0) == 0 and file.read() == content
    open_uploads(url).put(b"%PDF-theirs")
    assert shelf.clear_out(set()) == 0, "nobody has had a day to confirm it"
    shelf.remove(kept.key)
    with pytest.raises(NotFound, match="choose it again"):
        shelf.open(kept.key)


def test_an_empty_or_too_large_file_leaves_nothing_behind(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kulant.intake.shelf.LARGEST", 10)
    for content, says in ((b"", "empty"), (b"x" * 11, "larger")):
        with pytest.raises(Refusal, match=says):
            Shelf(url).put(BytesIO(content))
    assert list(open_store(url).found("uploads")) == []


def test_forgotten_files_of_the_shelf_are_thrown_away_and_customers_files_are_not(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten, needed = Shelf(url).put(BytesIO(b"a")), Shelf(url).put(BytesIO(b"b"))
    theirs = open_uploads(url).put(b"%PDF-theirs")
    monkeypatch.setattr("kulant.intake.shelf._KEPT_FOR", -timedelta(minutes=1))
    assert Shelf(url).clear_out({needed.key}) == 1
    with pytest.raises(NotFound):
        Shelf(url).open(forgotten.key)
    Shelf(url).open(needed.key).close()
    assert open_uploads(url).get(theirs) == b"%PDF-theirs"


def test_a_folders_names_stay_inside_it(tmp_path: Path) -> None:
    for name in ("../outside", "/etc/passwd", "a/../../b"):
        with pytest.raises(NotFound):
            open_store(f"file:{tmp_path}").read(name)


def test_a_bucket_keeps_the_same_names_as_a_folder(server: Server) -> None:
    url = server.bucket("house")
    open_storage(url).put(b"%PDF-letter")
    whole = open_store(url.replace("/house?", "?"))
    assert whole.read(f"house/{DIGEST[:2]}/{DIGEST}.pdf") == b"%PDF-letter"


def test_a_server_with_a_certificate_of_its_own_that_knows_no_conditions_keeps_documents_once(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kulant.storage.s3._RETRIES", 0)  # it is told of sooner
    authority, certificate, key = own_authority(tmp_path)
    with plain_server(certificate, key) as endpoint:
        address = f"s3://bucket/house?region=eu&endpoint={endpoint}"
        with pytest.raises(Refusal, match="cannot keep a document"):
            open_storage(address).put(b"%PDF-letter")  # nobody vouches for it
        store = open_store(f"{address}&ca={authority}")
        assert store.create("ab/one.pdf", b"first") and not store.create("ab/one.pdf", b"second")
        assert store.read("ab/one.pdf") == b"first"
        assert "documents are kept in s3://bucket/house" in store.check()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("documents", "begins with 'document'"),
        ("s3://", "names no bucket"),
        ("s3://A_b/x", "names no bucket"),
        ("s3://bucket/../x", "what follows the bucket"),
        ("s3://bucket/x?region=", "s3://BUCKET"),
        ("s3://bucket/x?colour=red", "colour is not known"),
        ("s3://bucket/x?path_style=perhaps", "path_style is yes or no"),
        ("s3://bucket/x?endpoint=ftp://here", "https://storage.example.com"),
        ("s3://bucket/x?endpoint=http://storage.example", "not encrypted"),
        ("s3://bucket/x?ca=/none.pem", "/none.pem"),
        ("s3://key:hush-hush@bucket/x", "AWS_SECRET_ACCESS_KEY"),
        ("s3://bucket/x?secret_access_key=hush-hush&colour=red", "colour"),
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_what_may_be_secret(url: str, says: str) -> None:
    if url.endswith("region="):
        assert open_store(url).place == "s3://bucket/x"  # left empty: as if it were not there
        return
    with pytest.raises(Refusal) as refusal:
        open_store(url)
    assert refusal.value.code == "bad_storage_url"
    assert says in refusal.value.sentence and "KULANT_STORAGE_URL" in refusal.value.sentence
    assert "hush" not in refusal.value.sentence


def _gone(server: Server) -> str:
    return "s3://no-such-bucket/x?region=eu-north-1&endpoint=" + server.endpoint


def _deaf(_server: Server) -> str:
    return "s3://bucket/x?region=eu-north-1&endpoint=http://127.0.0.1:9"


@pytest.mark.parametrize(("where", "says"), [(_gone, "no bucket no-such-bucket"), (_deaf, "error sending request")])
def test_a_server_that_cannot_keep_documents_is_told_by_the_doctor_without_the_key(
    server: Server, where: Callable[[Server], str], says: str, tmp_path: Path
) -> None:
    settings = Settings(f"sqlite:///{tmp_path}/none.db", "https://a.example", "file:o", where(server), None)
    found = next(one for one in examine(settings) if one.check == "storage")
    assert found.status == "failed" and says in found.text and "\n" not in found.text
    assert KEY not in found.text and KEY not in repr(settings)
